import { z } from 'zod';
import type { Condition } from './conditions.ts';
import { condition, findCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject, resources } from './kubernetes/resources.ts';

const issuerReference = z.object({
  name: z.string(),
  kind: z.string().optional(),
  group: z.string().optional(),
});
export type IssuerReference = z.infer<typeof issuerReference>;

export const certificateObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number().default(0),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    secretName: z.string(),
    issuerRef: issuerReference,
    commonName: z.string().optional(),
    isCA: z.boolean().default(false),
    usages: z.array(z.string()).optional(),
    duration: z.string().optional(),
    renewBefore: z.string().optional(),
    renewBeforePercentage: z.number().optional(),
    privateKey: z
      .object({
        rotationPolicy: z.string().optional(),
        algorithm: z.string().optional(),
        size: z.number().optional(),
      })
      .optional(),
    renewal: z.looseObject({ policy: z.string().optional() }).optional(),
  }),
  status: z
    .object({
      revision: z.number().optional(),
      failedIssuanceAttempts: z.number().optional(),
      lastFailureTime: z.string().optional(),
      nextPrivateKeySecretName: z.string().optional(),
      notBefore: z.string().optional(),
      notAfter: z.string().optional(),
      renewalTime: z.string().optional(),
      conditions: z.array(condition).optional(),
    })
    .default({}),
});

/** A cert-manager Certificate, as far as the rotation looks at it. Times are ISO 8601 in UTC. */
export interface CertificateState {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly secretName: string;
  readonly issuerRef: IssuerReference;
  readonly commonName?: string;
  readonly isCa: boolean;
  readonly usages: readonly string[];
  readonly duration?: string;
  readonly renewBefore?: string;
  readonly renewBeforePercentage?: number;
  /** Unset means Never up to cert-manager 1.17 and Always from 1.18; it is never stored. */
  readonly rotationPolicy?: string;
  /** cert-manager's default is RSA. */
  readonly keyAlgorithm?: string;
  /** Bits; cert-manager's default is 2048 for RSA and 256 for ECDSA. */
  readonly keySize?: number;
  readonly renewal?: Readonly<Record<string, unknown>>;
  /** 0 before the first issuance. */
  readonly revision: number;
  readonly failedIssuanceAttempts: number;
  readonly lastFailureTime?: string;
  readonly nextPrivateKeySecretName?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly renewalTime?: string;
  readonly issuing?: Condition;
  readonly ready?: Condition;
}

/** A Certificate that the rotation is about does not exist. */
export class CertificateMissingError extends Error {
  override readonly name = 'CertificateMissingError';
}

export function certificateRef(namespace: string, name: string): ObjectRef {
  return { type: resources.certificates, namespace, name };
}

/** @throws CertificateMissingError */
export async function readCertificate(kube: Kube, ref: ObjectRef): Promise<CertificateState> {
  const object = await kube.get(ref, certificateObject);
  if (object === undefined) throw certificateMissing(ref);
  return certificateState(object);
}

export function certificateMissing(ref: ObjectRef): CertificateMissingError {
  return new CertificateMissingError(
    `${describeObject(ref)} does not exist. Next step: set the mesh up as Linkerd's guide "Automatically Rotating Control Plane TLS Credentials" says, or give the names that it has here.`,
  );
}

/** Whether an issuance is under way. A missing condition means that the last one succeeded. */
export function isIssuing(state: CertificateState): boolean {
  return isTrue(state.issuing);
}

/** cert-manager's usages when a Certificate names none (`DefaultKeyUsages`). */
const defaultUsages = ['digital signature', 'key encipherment'] as const;

function certificateState(object: z.infer<typeof certificateObject>): CertificateState {
  const { metadata, spec, status } = object;
  const issuing = findCondition(status.conditions, 'Issuing');
  const ready = findCondition(status.conditions, 'Ready');
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    annotations: metadata.annotations,
    secretName: spec.secretName,
    issuerRef: spec.issuerRef,
    isCa: spec.isCA,
    usages: spec.usages ?? defaultUsages,
    revision: status.revision ?? 0,
    failedIssuanceAttempts: status.failedIssuanceAttempts ?? 0,
    ...present({
      commonName: spec.commonName,
      duration: spec.duration,
      renewBefore: spec.renewBefore,
      renewBeforePercentage: spec.renewBeforePercentage,
      rotationPolicy: spec.privateKey?.rotationPolicy,
      keyAlgorithm: spec.privateKey?.algorithm,
      keySize: spec.privateKey?.size,
      renewal: spec.renewal,
      lastFailureTime: status.lastFailureTime,
      nextPrivateKeySecretName: status.nextPrivateKeySecretName,
      notBefore: status.notBefore,
      notAfter: status.notAfter,
      renewalTime: status.renewalTime,
      issuing,
      ready,
    }),
  };
}

/** The fields that have a value: an absent field and `undefined` are not the same to the type checker. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Sound: every field of T is either kept with its value or left out.
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
