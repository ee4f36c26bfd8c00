import { z } from 'zod';
import type { CertificateFacts } from '../domain/certificate.ts';
import { holdsPrivateKey } from '../domain/private-keys.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject, resources } from './kubernetes/resources.ts';
import { keyMatches, parseChain, splitPem } from './x509.ts';

export const secretObject = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  type: z.string().optional(),
  data: z.record(z.string(), z.string()).optional(),
});

const annotatedObject = z.object({
  metadata: secretObject.shape.metadata.pick({ annotations: true }),
});

/** Where `kubectl apply` keeps what it was given: of a Secret its data, private key and all. */
export const appliedConfiguration = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Metadata for a merge patch that puts another key into a Secret, or takes it out: the key from before
 * must not stay in the annotation.
 */
export const withoutAppliedKey = { annotations: { [appliedConfiguration]: null } } as const;

/** What may be known of a Secret with a certificate: public facts, and whether a fitting key lies beside. */
export interface TlsSecretFacts {
  /** First certificate of `tls.crt`. */
  readonly certificate: CertificateFacts;
  /** All certificates of `tls.crt`, in order. */
  readonly chain: readonly CertificateFacts[];
  /** `tls.crt`, public. */
  readonly chainPem: string;
  /** First certificate of `ca.crt`, if it has one. */
  readonly ca?: CertificateFacts;
  readonly caPem?: string;
  /** Whether `tls.key` holds the private key of the first certificate. */
  readonly hasKey: boolean;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: string;
}

/** A Secret that should hold a certificate holds none that can be read. */
export class TlsSecretError extends Error {
  override readonly name = 'TlsSecretError';
}

export function secretRef(namespace: string, name: string): ObjectRef {
  return { type: resources.secrets, namespace, name };
}

/**
 * Reads a certificate's Secret; `undefined` when it does not exist. The private key is compared with
 * the certificate and forgotten.
 * @throws TlsSecretError when there is a Secret without a readable certificate.
 */
export async function readTlsSecret(
  kube: Kube,
  ref: ObjectRef,
): Promise<TlsSecretFacts | undefined> {
  const secret = await kube.get(ref, secretObject);
  if (secret === undefined) return undefined;
  const chainPem = decode(secret.data?.['tls.crt']);
  const caPem = decode(secret.data?.['ca.crt']);
  const [chain, [ca]] = await Promise.all([parse(ref, chainPem), parse(ref, caPem)]);
  const [certificate] = chain;
  if (certificate === undefined) {
    throw new TlsSecretError(
      `${describeObject(ref)} holds no certificate in tls.crt. Next step: look at what wrote it last ("kubectl get secret -o yaml --show-managed-fields").`,
    );
  }
  return {
    certificate,
    chain,
    chainPem: splitPem(chainPem).join('\n'),
    ...(ca === undefined ? {} : { ca, caPem }),
    hasKey: keyMatches(decode(secret.data?.['tls.key']), certificate),
    resourceVersion: secret.metadata.resourceVersion,
    labels: secret.metadata.labels ?? {},
    type: secret.type ?? 'Opaque',
  };
}

/** Whether `kubectl apply` has left a private key in the Secret's annotation; of that nothing else is told. */
export async function hasAppliedKey(kube: Kube, ref: ObjectRef): Promise<boolean> {
  const secret = await kube.get(ref, annotatedObject);
  return holdsPrivateKey(secret?.metadata.annotations?.[appliedConfiguration] ?? '');
}

async function parse(ref: ObjectRef, pem: string): Promise<CertificateFacts[]> {
  try {
    return await parseChain(pem);
  } catch (error) {
    throw new TlsSecretError(
      `${describeObject(ref)} holds a CERTIFICATE block that cannot be read. Next step: look at what wrote it last.`,
      { cause: error },
    );
  }
}

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}
