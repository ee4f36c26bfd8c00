import { z } from 'zod';
import type { RecordedObjects } from '../../domain/foreign-hands.ts';
import { methods } from '../../domain/phases.ts';
import type { RotationRequest, Timings } from '../../domain/rotation-request.ts';
import type { RotationReport, RotationState, Waiting } from '../../domain/rotation-state.ts';
import { blockCauses, endConditions, runningConditions } from '../../domain/rotation-state.ts';
import { sourceNames } from '../../domain/sources.ts';
import type { LiveProgress } from '../live-progress.ts';
import type { RotationReading } from '../rotation-reading.ts';
import { plan } from './plan-answer.ts';
import type { Described } from './shared.ts';
import {
  anchors,
  approvalName,
  fingerprint,
  gateName,
  gateReport,
  laggard,
  method,
  pace,
  phaseName,
  signerSource,
  surveySummary,
  time,
  under,
  unnamed,
} from './shared.ts';

const exception = z
  .strictObject({ name: z.string(), by: z.string(), reason: z.string() })
  .meta({ id: 'Exception' });
const approval = z
  .strictObject({ gate: approvalName, by: z.string(), at: time })
  .meta({ id: 'Approval' });
export const phaseRecord = z
  .strictObject({
    phase: phaseName,
    state: z.enum(['pending', 'running', 'done']),
    startedAt: time.exactOptional(),
    endedAt: time.exactOptional(),
  })
  .meta({ id: 'PhaseRecord' });
const restarts = z.strictObject({ waves: z.number(), workloads: z.number() });
const blockCause = z.enum(blockCauses);
const note = z.strictObject({ at: time, text: z.string() }).meta({ id: 'Note' });

const recorded = z.strictObject({
  trustAnchor: fingerprint,
  previousAnchor: fingerprint.exactOptional(),
  signer: signerSource,
  bundle: z.array(fingerprint).exactOptional(),
} satisfies Described<RecordedObjects>) satisfies z.ZodType<RecordedObjects>;

export const outcome = z.enum(endConditions).meta({ id: 'Outcome' });

const state = z
  .strictObject({
    rotationId: z.string(),
    condition: z.enum([...runningConditions, ...endConditions]),
    phase: phaseName.exactOptional(),
    method: method.exactOptional(),
    plan: plan.exactOptional(),
    isPlanStale: z.boolean().exactOptional(),
    anchors: anchors.exactOptional(),
    phases: z.array(phaseRecord),
    gate: gateReport.exactOptional(),
    watches: z.array(z.strictObject({ gate: gateName, since: time })),
    waiting: z
      .strictObject({
        for: z.string(),
        since: time,
        approval: approvalName.exactOptional(),
        cause: blockCause.exactOptional(),
        laggards: z.array(laggard),
        unnamed: unnamed.exactOptional(),
      } satisfies Described<Waiting>)
      .exactOptional(),
    approvals: z.array(approval),
    exceptions: z.array(exception),
    restarts,
    observed: surveySummary.exactOptional(),
    recorded: recorded.exactOptional(),
    bundleHistory: z.array(z.strictObject({ fingerprints: z.array(fingerprint), since: time })),
    issuerHistory: z.array(z.strictObject({ fingerprint, notAfter: time, under })),
    hardDeadline: time.exactOptional(),
    notes: z.array(note),
    reason: z.string().exactOptional(),
  } satisfies Described<RotationState>)
  .meta({ id: 'RotationState' }) satisfies z.ZodType<RotationState>;

const milliseconds = z.number().meta({ description: 'milliseconds' });
const timings = z
  .strictObject({
    pollMs: milliseconds,
    settleMs: milliseconds,
    certificateAgeMs: milliseconds,
    issuanceTimeoutMs: milliseconds,
    rolloutTimeoutMs: milliseconds,
    issuerReloadTimeoutMs: milliseconds,
    gatePatienceMs: milliseconds,
    probeTimeoutMs: milliseconds,
    deadlineMarginMs: milliseconds,
    naturalChurnMs: milliseconds,
  } satisfies Described<Timings>)
  .meta({ id: 'Timings' }) satisfies z.ZodType<Timings>;

const objects = z.strictObject({
  trustNamespace: z.string(),
  linkerdNamespace: z.string(),
  trustAnchor: z.string(),
  previousAnchor: z.string(),
  identityIssuer: z.string(),
  clusterIssuer: z.string(),
  bundle: z.string(),
  bundleKey: z.string(),
  bundleTargetLabel: z.string(),
  bundleOwnership: z.enum(['trustManager', 'direct']).exactOptional(),
  bridge: z.string(),
  probe: z.string(),
  nextAnchor: z.string(),
  bridgeRequest: z.string(),
  lease: z.string(),
});

const source = z.enum(sourceNames);
const approvalMode = z.enum(['required', 'automatic']);
const request = z
  .strictObject({
    cluster: z.string(),
    clusterName: z.string(),
    replaces: z.string(),
    planHash: z.string(),
    requestedBy: z.string(),
    trigger: z.string().meta({ description: 'the `spec.trigger` that started it' }).exactOptional(),
    method: z.enum(['auto', ...methods]),
    pace,
    approvals: z.strictObject({ 'switch-issuer': approvalMode, 'retire-anchor': approvalMode }),
    restarts: z.strictObject({ waveSize: z.number() }),
    timings,
    objects,
    sources: z.strictObject({ anchor: source, bridge: source }).exactOptional(),
    exceptions: z.array(exception),
    maxHistoryEvents: z.number().exactOptional(),
  } satisfies Described<RotationRequest>)
  .meta({ id: 'RotationRequest' }) satisfies z.ZodType<RotationRequest>;

export const report = z
  .strictObject({
    rotationId: z.string(),
    outcome,
    reason: z.string().exactOptional(),
    method: method.exactOptional(),
    anchors: anchors.exactOptional(),
    phases: z.array(phaseRecord),
    restarts,
    approvals: z.array(approval),
    exceptions: z.array(exception),
    observed: surveySummary.exactOptional(),
    notes: z.array(note),
  } satisfies Described<RotationReport>)
  .meta({ id: 'RotationReport' }) satisfies z.ZodType<RotationReport>;

const live = z
  .strictObject({
    gate: gateReport.exactOptional(),
    activities: z.array(
      z.strictObject({
        name: z.string(),
        text: z.string().exactOptional(),
        attempt: z.number(),
        lastFailure: z.string().exactOptional(),
      }),
    ),
  } satisfies Described<LiveProgress>)
  .meta({ id: 'LiveProgress' }) satisfies z.ZodType<LiveProgress>;

const run = { workflowId: z.string(), runId: z.string(), startedAt: time };

/** `watch` answers with one of these a line. */
export const rotationReading = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), workflowId: z.string() }),
  z.strictObject({
    kind: z.literal('running'),
    ...run,
    status: z.strictObject({ state, request, planHash: z.string() }),
    live,
  }),
  z.strictObject({ kind: z.literal('ended'), ...run, endedAt: time, report }),
  z.strictObject({ kind: z.literal('stopped'), ...run, endedAt: time, reason: z.string() }),
]) satisfies z.ZodType<RotationReading>;
