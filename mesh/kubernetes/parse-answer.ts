import { z } from 'zod';
import { unexpectedObject } from './failures.ts';
import type { Operation } from './operation.ts';

/**
 * Parses the body of an answer.
 * @throws UnexpectedObjectError naming the fields that differ, without their values.
 */
export function parseAnswer<T>(operation: Operation, body: string, schema: z.ZodType<T>): T {
  const text = z.string().transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'the answer is not JSON' });
      return z.NEVER;
    }
  });
  const parsed = text.pipe(schema).safeParse(body);
  if (!parsed.success) throw unexpectedObject(operation, parsed.error);
  return parsed.data;
}
