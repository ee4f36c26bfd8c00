import { z } from 'zod';
import { approvalNames, methods, paces, phaseNames } from '../../domain/phases.ts';
import type { Anchor } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { Laggard } from '../../domain/convergence.ts';
import type { GateReport } from '../../domain/gates/gate.ts';
import { gateNames } from '../../domain/gates/gate.ts';
import type { ObjectFingerprints, SurveySummary } from '../../domain/survey-summary.ts';
import type { VerifiesUnder } from '../../domain/trust.ts';

/**
 * Parts that the documents of several commands have in common. What stands here is published in
 * `docs/schemas/`: machines rely on it, so fields are added and never change their meaning.
 */

/** A schema for each field of `T`: one that is optional and forgotten does not compile. */
export type Described<T> = Record<keyof Required<T>, z.ZodType>;

export const time = z.string().meta({ description: 'ISO 8601 in UTC' });
export const fingerprint = z
  .string()
  .meta({ description: 'SHA-256 of the certificate, lower-case hex' });
const knowledge = z.enum(['yes', 'no', 'unknown']);

export const under = z
  .strictObject({ a: knowledge, b: knowledge } satisfies Described<VerifiesUnder>)
  .meta({
    id: 'VerifiesUnder',
    description: 'the old anchor A and the new anchor B, each alone',
  }) satisfies z.ZodType<VerifiesUnder>;

export const laggard = z
  .strictObject({
    what: z.string(),
    reason: z.string(),
    remedy: z.string(),
  } satisfies Described<Laggard>)
  .meta({
    id: 'Laggard',
    description: 'what stands in the way, why, and what a person can do',
  }) satisfies z.ZodType<Laggard>;

export const unnamed = z.number().meta({ description: 'laggards beyond those that are named' });

export const certificate = z
  .strictObject({
    fingerprint,
    subjectKeyId: z.string(),
    authorityKeyId: z.string().exactOptional(),
    subject: z.string(),
    issuer: z.string(),
    publicKey: z.string().meta({ description: 'SHA-256 of the public key, lower-case hex' }),
    keyAlgorithm: z.string(),
    notBefore: time,
    notAfter: time,
    isCa: z.boolean(),
    pathLength: z.number().exactOptional(),
    lacksCertSign: z.literal(true).exactOptional(),
    extendedKeyUsages: z.array(z.string()),
    dnsNames: z.array(z.string()),
  } satisfies Described<CertificateFacts>)
  .meta({ id: 'Certificate' }) satisfies z.ZodType<CertificateFacts>;

export const anchor = z
  .strictObject({ certificate, pem: z.string() } satisfies Described<Anchor>)
  .meta({ id: 'Anchor' }) satisfies z.ZodType<Anchor>;

export const anchors = z
  .strictObject({ a: anchor, b: anchor.exactOptional() })
  .meta({ id: 'Anchors', description: 'the old anchor A, and the new anchor B once it exists' });

export const signerSource = z.enum(['trust-anchor', 'previous-anchor', 'bridge', 'other']);
export const method = z.enum(methods);
export const pace = z.enum(paces);
export const approvalName = z.enum(approvalNames);
export const phaseName = z.enum(phaseNames);
export const gateName = z.enum(gateNames);

export const gateReport = z
  .strictObject({
    gate: gateName,
    title: z.string(),
    passed: z.boolean(),
    converged: z.number(),
    total: z.number(),
    laggards: z.array(laggard),
    unnamed,
    at: time,
  } satisfies Described<GateReport>)
  .meta({ id: 'GateReport' }) satisfies z.ZodType<GateReport>;

const objectFingerprints = z.strictObject({
  trustAnchor: fingerprint,
  previousAnchor: fingerprint.exactOptional(),
  bridge: fingerprint.exactOptional(),
  signer: signerSource,
  bundle: z.array(fingerprint),
  issuer: z.strictObject({ fingerprint, notAfter: time, under }),
} satisfies Described<ObjectFingerprints>) satisfies z.ZodType<ObjectFingerprints>;

const replicaCount = z.strictObject({ state: z.string(), replicas: z.number() });

export const surveySummary = z
  .strictObject({
    takenAt: time,
    objects: objectFingerprints,
    bundleSince: time,
    fleet: z.array(
      z.strictObject({
        role: z.string(),
        holds: z.string(),
        presents: z.string(),
        proxies: z.number(),
      }),
    ),
    identity: z.array(replicaCount),
    injectors: z.array(replicaCount),
  } satisfies Described<SurveySummary>)
  .meta({
    id: 'SurveySummary',
    description: 'what was observed last, as counts',
  }) satisfies z.ZodType<SurveySummary>;
