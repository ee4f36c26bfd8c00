import { z } from 'zod';
import type { PlanRotationResult } from '../../activities/contract.ts';
import type { AnchorLine, Plan } from '../../domain/plan.ts';
import type { Position } from '../../domain/position.ts';
import type { Described } from './shared.ts';
import {
  anchors,
  fingerprint,
  laggard,
  method,
  pace,
  phaseName,
  surveySummary,
  time,
} from './shared.ts';

const anchorLine = z.strictObject({
  fingerprint,
  subject: z.string(),
  notAfter: time,
  intermediateNotAfter: time.exactOptional(),
} satisfies Described<AnchorLine>) satisfies z.ZodType<AnchorLine>;

export const position = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('in-phase'),
      phase: phaseName,
      method: method.exactOptional(),
      because: z.string(),
    }),
    z.strictObject({
      kind: z.literal('off-the-map'),
      because: z.string(),
      remedy: z.string(),
    }),
  ])
  .meta({ id: 'Position', description: 'where the cluster stands' }) satisfies z.ZodType<Position>;

export const plan = z
  .strictObject({
    rotationId: z.string(),
    anchors: z.strictObject({ a: anchorLine, b: anchorLine.exactOptional() }),
    position,
    method,
    methodBecause: z.string(),
    pace,
    phases: z.array(phaseName),
    proxies: z.number(),
    workloads: z.number(),
    passes: z.number(),
    wavesPerPass: z.number(),
    restarts: z.number(),
    expectedDurationMs: z.number(),
    hardDeadline: time,
    unpinned: z.literal(true).exactOptional(),
    blockers: z.array(laggard),
    risks: z.array(z.string()),
  } satisfies Described<Plan>)
  .meta({ id: 'Plan' }) satisfies z.ZodType<Plan>;

export const planResult = z.strictObject({
  plan,
  planHash: z.string(),
  anchors,
  observed: surveySummary,
  leafLifetimeMs: z.number(),
  alreadyRotated: z.boolean(),
} satisfies Described<PlanRotationResult>) satisfies z.ZodType<PlanRotationResult>;

/** `rotate` answers with the plan alone where there was nothing to do. */
export const rotateAnswer = z.union([
  planResult.extend({
    workflowId: z.string(),
    runId: z.string(),
    webUi: z.string().exactOptional(),
  }),
  planResult,
]);
