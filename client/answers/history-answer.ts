import { z } from 'zod';
import type { PastRotation } from '../past-rotations.ts';
import { outcome } from './rotation-answer.ts';
import type { Described } from './shared.ts';
import { method, phaseName, time } from './shared.ts';

const pastRotation = z
  .strictObject({
    workflowId: z.string(),
    runId: z.string(),
    startedAt: time,
    endedAt: time,
    tookMs: z.number(),
    outcome: z.union([outcome, z.literal('stopped')]),
    rotationId: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    requestedBy: z.string().exactOptional(),
    method: method.exactOptional(),
    restarts: z.number().exactOptional().meta({ description: 'workloads that were restarted' }),
    phases: z.array(z.strictObject({ phase: phaseName, tookMs: z.number() })),
  } satisfies Described<PastRotation>)
  .meta({ id: 'PastRotation' }) satisfies z.ZodType<PastRotation>;

export const historyAnswer = z.strictObject({
  cluster: z.string().meta({ description: 'what people call the cluster' }),
  rotations: z.array(pastRotation).meta({ description: 'the latest first' }),
});
