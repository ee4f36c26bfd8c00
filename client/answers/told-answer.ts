import { z } from 'zod';
import type { PastRotation } from '../../domain/resource/past-rotation.ts';
import type { StatusGate, StatusRotation } from '../../domain/resource/resource-status.ts';
import type { ToldRotation } from '../told-rotation.ts';
import { phaseRecord, rotationReading } from './rotation-answer.ts';
import type { Described } from './shared.ts';
import { laggard, method, time } from './shared.ts';

const toldRun = z.strictObject({
  id: z.string(),
  condition: z.string(),
  workflowId: z.string().exactOptional(),
  runId: z.string(),
  webUi: z.string().exactOptional(),
  requestedBy: z.string(),
  trigger: z.string().exactOptional(),
  method: method.exactOptional(),
  pace: z.string().exactOptional(),
  startedAt: time,
  hardDeadline: time.exactOptional(),
  restartedWorkloads: z.number().exactOptional(),
  updatedAt: time,
} satisfies Described<StatusRotation>) satisfies z.ZodType<StatusRotation>;

const toldGate = z.strictObject({
  name: z.string(),
  title: z.string(),
  passed: z.boolean(),
  converged: z.number(),
  total: z.number(),
  at: time,
} satisfies Described<StatusGate>) satisfies z.ZodType<StatusGate>;

const pastRotation = z.strictObject({
  id: z.string(),
  runId: z.string(),
  outcome: z.string(),
  reason: z.string().exactOptional(),
  method: method.exactOptional(),
  requestedBy: z.string(),
  trigger: z.string().exactOptional(),
  newAnchor: z.string().exactOptional(),
  startedAt: time,
  endedAt: time,
  durationSeconds: z.number(),
  phases: z.array(z.strictObject({ phase: z.string(), seconds: z.number() })),
} satisfies Described<PastRotation>) satisfies z.ZodType<PastRotation>;

const told = z
  .strictObject({
    kind: z.literal('told'),
    phase: z.string(),
    progress: z.string(),
    rotation: toldRun.exactOptional(),
    gate: toldGate.exactOptional(),
    waiting: z
      .strictObject({ for: z.string(), since: time, approval: z.string().exactOptional() })
      .exactOptional(),
    laggards: z.array(laggard),
    unnamedLaggards: z.number(),
    phases: z.array(phaseRecord),
    rotations: z.array(pastRotation),
  } satisfies Described<ToldRotation>)
  .meta({
    description: 'what the TrustAnchorRotation tells, where nobody has named a Temporal server',
  }) satisfies z.ZodType<ToldRotation>;

/** What Temporal tells, or the resource in its place. */
export const statusAnswer = z.discriminatedUnion('kind', [...rotationReading.options, told]);
