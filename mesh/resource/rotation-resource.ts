import { z } from 'zod';
import { parseGoDuration } from '../../domain/go-duration.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { emptyStatus } from '../../domain/resource/resource-status.ts';
import type { RotationSpec } from '../../domain/resource/rotation-resource.ts';
import {
  defaultRestartLimits,
  defaultTimings,
  timingProblem,
} from '../../domain/rotation-request.ts';
import { defined, objectNames } from './object-names.ts';

/** The TrustAnchorRotation as it stands in the cluster. */
export interface RotationResource {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Absent where nobody has created it: what a worker keeps to itself. */
  readonly createdAt?: string;
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly managedFields: readonly ManagedFields[];
  readonly spec: RotationSpec;
  readonly status: ResourceStatus;
}

const duration = z.string().transform((text, context) => {
  const ms = parseGoDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'is not a duration such as 30s, 10m or 720h' });
  return z.NEVER;
});

/** Kubernetes' enumerations are in CamelCase; the rest of the product writes them small. */
function oneOf<const Names extends readonly string[]>(
  ...names: Names
): z.ZodType<Uncapitalize<Names[number]>, Names[number]> {
  return (
    z
      .enum(names)
      // Sound: every name but its first letter, which becomes small.
      .transform(
        (name) => (name.slice(0, 1).toLowerCase() + name.slice(1)) as Uncapitalize<Names[number]>,
      )
  );
}

const approval = oneOf('Required', 'Automatic').default('required');

/** Where what a rotation brings in comes from. */
const source = z
  .object({ source: oneOf('CertManager', 'Imported').default('certManager') })
  .prefault({});

const timings = z
  .object({
    poll: duration,
    settle: duration,
    certificateAge: duration,
    issuanceTimeout: duration,
    rolloutTimeout: duration,
    issuerReloadTimeout: duration,
    gatePatience: duration,
    probeTimeout: duration,
    deadlineMargin: duration,
    naturalChurn: duration,
  })
  .partial()
  .transform((given, context) => {
    for (const [name, ms] of Object.entries(given)) {
      const message = ms === undefined ? undefined : timingProblem(`${name}Ms`, ms);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
    return Object.fromEntries(Object.entries(given).map(([name, ms]) => [`${name}Ms`, ms]));
  });

/** Two months: as long as a calm rotation may take in a large organisation. */
const defaultWarnBeforeExpiryMs = 1_440 * 3_600_000;
const defaultSurveyEveryMs = 5 * 60_000;

/** The API server has put its defaults in; they stand here again for one that knows an older CRD. */
export const rotationSpec = z
  .object({
    trigger: z.string().min(1).optional(),
    method: oneOf('Auto', 'Bridge', 'Overlap').default('auto'),
    pace: oneOf('Natural', 'Steady', 'Urgent').default('steady'),
    approvals: z.object({ switchIssuer: approval, retireAnchor: approval }).prefault({}),
    restarts: z
      .object({ waveSize: z.number().int().min(1).default(defaultRestartLimits.waveSize) })
      .prefault({}),
    anchor: source,
    bridge: source,
    timings: timings.default({}),
    objects: objectNames.default({}),
    bundle: z.object({ ownership: oneOf('TrustManager', 'Direct').optional() }).default({}),
    exceptions: z
      .array(z.object({ name: z.string().min(1), reason: z.string().min(1) }))
      .default([]),
    suspend: z.boolean().default(false),
    onAnchorRenewed: oneOf('Rotate', 'Report').default('report'),
    onAnchorExpiring: oneOf('Rotate', 'Report').default('report'),
    warnBeforeExpiry: duration.default(defaultWarnBeforeExpiryMs),
    surveyEvery: duration.default(defaultSurveyEveryMs),
  })
  .transform((given): RotationSpec => {
    const { trigger, approvals, anchor, bridge, bundle, warnBeforeExpiry, surveyEvery, ...same } =
      given;
    return {
      ...same,
      ...(trigger === undefined ? {} : { trigger }),
      approvals: {
        'switch-issuer': approvals.switchIssuer,
        'retire-anchor': approvals.retireAnchor,
      },
      timings: { ...defaultTimings, ...given.timings },
      objects: {
        ...documentedObjects,
        ...defined(given.objects),
        // The default stays unsaid, as in a rotation that was asked for by a command.
        ...(bundle.ownership === 'direct' ? { bundleOwnership: bundle.ownership } : {}),
      },
      sources: { anchor: anchor.source, bridge: bridge.source },
      warnBeforeExpiryMs: warnBeforeExpiry,
      surveyEveryMs: surveyEvery,
    };
  });

const managedFields = z.object({
  manager: z.string().default(''),
  subresource: z.string().optional(),
  time: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).default({}),
});
export type ManagedFields = z.infer<typeof managedFields>;

/**
 * Only what later writes build on is looked at, each field for itself: one that somebody has spoilt
 * counts as absent, and is written anew.
 */
const rotationStatus = z.looseObject({
  conditions: z
    .array(
      z.looseObject({
        type: z.string(),
        status: z.string(),
        reason: z.string(),
        lastTransitionTime: z.string(),
      }),
    )
    .catch([]),
  triggers: z
    .array(
      z.looseObject({
        value: z.string(),
        at: z.string(),
        outcome: z.enum(['Starting', 'Started', 'Refused']),
      }),
    )
    .catch([]),
  rotations: z
    .array(
      z.looseObject({
        id: z.string(),
        runId: z.string(),
        outcome: z.string(),
        startedAt: z.string(),
        endedAt: z.string(),
        phases: z.array(z.unknown()).default([]),
      }),
    )
    .catch([]),
  rotation: z
    .looseObject({ runId: z.string(), condition: z.string(), updatedAt: z.string() })
    .optional()
    .catch(undefined),
  gate: z.looseObject({ at: z.string() }).optional().catch(undefined),
  runway: z
    .looseObject({ kind: z.string(), outcome: z.string(), anchor: z.string(), at: z.string() })
    .optional()
    .catch(undefined),
  surveyedAt: z.string().optional().catch(undefined),
  issuerMark: z
    .object({
      revision: z.number(),
      generation: z.number(),
      renewalTime: z.string().optional(),
      secretUid: z.string(),
      fingerprint: z.string(),
      notBefore: z.string(),
    })
    .optional()
    .catch(undefined),
  noted: z
    .object({ gate: z.literal('switch-issuer'), by: z.string(), at: z.string() })
    .optional()
    .catch(undefined),
});

export const rotationResource = z
  .object({
    metadata: z.object({
      uid: z.string(),
      resourceVersion: z.string(),
      generation: z.number().default(0),
      creationTimestamp: z.string().optional(),
      deletionTimestamp: z.string().optional(),
      finalizers: z.array(z.string()).default([]),
      annotations: z.record(z.string(), z.string()).default({}),
      managedFields: z.array(managedFields).default([]),
    }),
    spec: rotationSpec.prefault({}),
    status: rotationStatus.optional().catch(undefined),
  })
  .transform(({ metadata, spec, status }): RotationResource => ({
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    ...(metadata.creationTimestamp === undefined ? {} : { createdAt: metadata.creationTimestamp }),
    isDeleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers,
    annotations: metadata.annotations,
    managedFields: metadata.managedFields,
    spec,
    // Sound: what is built on has been looked at; the rest is replaced by whoever writes.
    status: { ...emptyStatus, ...(status as Partial<ResourceStatus> | undefined) },
  }));
