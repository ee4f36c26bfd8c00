import { z } from 'zod';
import { bootstrapAnswer, bundleOrApplied } from './manifest-answers.ts';
import { bridgeRequestAnswer } from './bridge-request-answer.ts';
import { checkAnswer } from './check-answer.ts';
import { historyAnswer } from './history-answer.ts';
import { inspectAnswer } from './inspect-answer.ts';
import { planResult, rotateAnswer } from './plan-answer.ts';
import { renewalAnswer } from './renewal-answer.ts';
import { rotationReading } from './rotation-answer.ts';
import { statusAnswer } from './told-answer.ts';

const said = z.strictObject({
  text: z.string().meta({ description: 'what was done, for people' }),
});

/** What every command writes to stderr when it cannot do what was asked. */
const failure = z.strictObject({
  error: z.strictObject({ exitCode: z.number(), message: z.string() }),
});

/** The document that each command writes with `--output json`, by the name of the command. */
export const answers: Readonly<Record<string, z.ZodType>> = {
  bootstrap: bootstrapAnswer,
  bundle: bundleOrApplied,
  check: checkAnswer,
  history: historyAnswer,
  inspect: inspectAnswer,
  plan: planResult,
  rotate: rotateAnswer,
  status: statusAnswer,
  watch: rotationReading,
  approve: said,
  'bridge-request': bridgeRequestAnswer,
  'import-bridge': said,
  except: said,
  pause: said,
  resume: said,
  abort: said,
  'renew-issuer': renewalAnswer,
  error: failure,
};

/** The published JSON Schema of one document. */
export function jsonSchemaOf(command: string): object {
  const answer = answers[command];
  if (answer === undefined) throw new Error(`Command ${command} has no JSON document.`);
  const title =
    command === 'error' ? 'an error of linkerd-trust' : `linkerd-trust ${command} --output json`;
  return { title, ...z.toJSONSchema(answer) };
}
