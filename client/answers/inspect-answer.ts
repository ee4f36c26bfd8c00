import { z } from 'zod';
import type { LaggingProxy } from '../../domain/fleet-inspection.ts';
import type { Inspection } from '../../domain/inspection.ts';
import type { RotationSight } from '../rotation-sight.ts';
import { position } from './plan-answer.ts';
import type { Described } from './shared.ts';
import { certificate, fingerprint, laggard, signerSource, time } from './shared.ts';

const share = z.strictObject({ converged: z.number(), total: z.number() }).meta({ id: 'Share' });

const laggingProxy = laggard
  .extend({
    namespace: z.string(),
    severity: z.enum(['error', 'warning']),
    about: z.enum(['bundle', 'leaf']),
  })
  .meta({ id: 'LaggingProxy', description: undefined }) satisfies z.ZodType<LaggingProxy>;

const inspection = z.strictObject({
  takenAt: time,
  position,
  chain: z.array(
    z.strictObject({
      object: z.string(),
      letter: z.enum(['A', 'B']).exactOptional(),
      certificate,
      verifiesUnder: z.array(fingerprint).exactOptional(),
    }),
  ),
  signer: z.strictObject({ source: signerSource, secretName: z.string() }),
  bundle: z.strictObject({
    certificates: z.array(certificate),
    since: time,
    divergentTargets: z.array(z.string()),
    hazard: z.string().exactOptional(),
  }),
  convergence: z.strictObject({
    bundle: share,
    leaves: share,
    identity: share,
    injectors: share,
  }),
  absent: z
    .string()
    .exactOptional()
    .meta({ description: 'what was looked for and not found: live proxies' }),
  replicas: z.array(laggard),
  proxies: z.array(laggingProxy),
} satisfies Described<Inspection>) satisfies z.ZodType<Inspection>;

const toldBy = z
  .literal('TrustAnchorRotation')
  .exactOptional()
  .meta({ description: 'absent where Temporal has told it' });

const rotation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unknown'), why: z.string() }),
  z.strictObject({ kind: z.literal('none'), toldBy }),
  z.strictObject({
    kind: z.literal('running'),
    rotationId: z.string(),
    condition: z.string(),
    phase: z.string().exactOptional(),
    waitsFor: z.string().exactOptional(),
    toldBy,
  }),
  z.strictObject({ kind: z.literal('over'), endedAt: time, outcome: z.string(), toldBy }),
]) satisfies z.ZodType<RotationSight>;

/** With `--watch` one a line. */
export const inspectAnswer = inspection.extend({
  cluster: z.string().meta({ description: 'what people call the cluster' }),
  rotation: rotation.meta({
    description: 'what Temporal, or in its place the resource, says about the rotation',
  }),
});
