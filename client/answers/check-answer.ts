import { z } from 'zod';
import type { CheckCategory } from '../../domain/checks/check.ts';
import { worstOf } from '../../domain/checks/check.ts';
import type { HintOf } from '../check-hints.ts';

/** What `linkerd check` reads from the checks of an extension (linkerd2 `pkg/healthcheck`). */
export const checkAnswer = z.strictObject({
  success: z.boolean().describe('no check has the result "error"'),
  categories: z.array(
    z.strictObject({
      categoryName: z.string(),
      checks: z.array(
        z.strictObject({
          description: z.string(),
          result: z.enum(['success', 'warning', 'error']),
          hint: z
            .string()
            .optional()
            .describe('address where it is explained; absent for a success'),
          error: z
            .string()
            .optional()
            .describe('what is wrong and what to do; absent for a success'),
        }),
      ),
    }),
  ),
});
export type CheckAnswer = z.infer<typeof checkAnswer>;

export function checkAnswerOf(categories: readonly CheckCategory[], hintOf: HintOf): CheckAnswer {
  return {
    success: worstOf(categories) !== 'error',
    categories: categories.map(({ name, checks }) => ({
      categoryName: name,
      checks: checks.map(({ id, description, verdict, problem }) => ({
        description,
        result: verdict,
        ...(problem === undefined ? {} : { hint: hintOf(id), error: problem }),
      })),
    })),
  };
}
