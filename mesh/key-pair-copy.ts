import type { CertificateFacts } from '../domain/certificate.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube, RawObject } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject } from './kubernetes/resources.ts';
import { certificateObject, certificateRef } from './certificates.ts';
import {
  appliedConfiguration,
  readTlsSecret,
  secretObject,
  TlsSecretError,
  withoutAppliedKey,
} from './tls-secret.ts';
import { keyMatches, parseCertificate } from './x509.ts';

const certificateNameAnnotation = 'cert-manager.io/certificate-name';
/** A 409 means that someone else wrote in between: read again, judge again. */
const maxWrites = 3;

/** What to write beside the copied key. */
export interface KeyPairCopy {
  readonly from: ObjectRef;
  readonly to: ObjectRef;
  /** Certificate to put beside the key instead of the source's own: another one of the same key. */
  readonly certificatePem?: string;
  /** `ca.crt` to write; the source's own if left out. */
  readonly caPem?: string;
  /** Fingerprint that the copied certificate must have: the Secret may have changed since it was judged. */
  readonly only?: string;
}

export interface CopiedPair {
  readonly certificate: CertificateFacts;
  /** `false`: the target held exactly this pair already. */
  readonly changed: boolean;
}

/**
 * Copies a private key with a certificate from Secret to Secret. The only function that moves a
 * private key: it goes from one API answer into one API request within one namespace, is verified to
 * belong to the certificate before anything is written, and appears in no result, error or log.
 * @throws TlsSecretError when the source has no fitting pair, or the target belongs to a Certificate.
 */
export async function copyKeyPair(kube: Kube, copy: KeyPairCopy): Promise<CopiedPair> {
  if (copy.from.namespace !== copy.to.namespace) {
    throw new TlsSecretError(
      `${describeObject(copy.from)} is not copied to ${describeObject(copy.to)}: a private key does not leave its namespace.`,
    );
  }
  for (let writes = 1; ; writes += 1) {
    try {
      return await copyOnce(kube, copy);
    } catch (error) {
      if (!isConflict(error) || writes === maxWrites) throw error;
    }
  }
}

async function copyOnce(kube: Kube, copy: KeyPairCopy): Promise<CopiedPair> {
  const { data, certificate } = await readPair(kube, copy);
  const target = await readTarget(kube, copy.to, { certificate, caPem: copy.caPem });
  if (target.holdsPair && !target.wasApplied) return { certificate, changed: false };

  if (target.resourceVersion === undefined) {
    const present = Object.entries(data).filter(([, value]) => value !== null);
    await kube.create(copy.to, { type: 'kubernetes.io/tls', data: Object.fromEntries(present) });
    return { certificate, changed: true };
  }
  // The resourceVersion makes the patch a compare-and-swap. The target keeps its type, which cannot
  // change: cert-manager signs with an Opaque Secret as well.
  const metadata = { resourceVersion: target.resourceVersion, ...withoutAppliedKey };
  await kube.patch(copy.to, { metadata, data }, 'merge');
  return { certificate, changed: !target.holdsPair };
}

async function readPair(
  kube: Kube,
  copy: KeyPairCopy,
): Promise<{ readonly data: RawObject; readonly certificate: CertificateFacts }> {
  const source = (await kube.get(copy.from, secretObject))?.data ?? {};
  const key = source['tls.key'];
  const crt = encode(copy.certificatePem) ?? source['tls.crt'];
  if (key === undefined || crt === undefined) {
    throw new TlsSecretError(
      `${describeObject(copy.from)} holds no certificate with its private key, so it cannot be copied to ${describeObject(copy.to)}. Next step: if the key is kept elsewhere, rotate with method overlap.`,
    );
  }
  const certificate = await parseCertificate(decode(crt));
  if (copy.only !== undefined && certificate.fingerprint !== copy.only) {
    throw new TlsSecretError(
      `${describeObject(copy.from)} holds certificate ${certificate.fingerprint} where ${copy.only} was expected; nothing was written to ${describeObject(copy.to)}. Next step: find out what wrote the Secret last.`,
    );
  }
  if (!keyMatches(decode(key), certificate)) {
    throw new TlsSecretError(
      `The key in ${describeObject(copy.from)} does not belong to certificate ${certificate.fingerprint}; nothing was written to ${describeObject(copy.to)}. Next step: find out what wrote the Secret last.`,
    );
  }
  // A merge patch removes what is null: a ca.crt left from before would belong to another anchor.
  const ca = encode(copy.caPem) ?? source['ca.crt'] ?? null;
  return { data: { 'tls.crt': crt, 'tls.key': key, 'ca.crt': ca }, certificate };
}

interface Target {
  /** `undefined`: there is no such Secret. */
  readonly resourceVersion?: string;
  readonly holdsPair: boolean;
  /** Whether an annotation may hold the key of whatever was here before. */
  readonly wasApplied: boolean;
}

async function readTarget(
  kube: Kube,
  ref: ObjectRef,
  wanted: { readonly certificate: CertificateFacts; readonly caPem: string | undefined },
): Promise<Target> {
  const target = await kube.get(ref, secretObject);
  if (target === undefined) return { holdsPair: false, wasApplied: false };
  const { resourceVersion, annotations = {} } = target.metadata;
  await refuseIfManaged(kube, ref, annotations[certificateNameAnnotation]);
  // Text that is no certificate is simply not the wanted pair: it gets overwritten.
  const facts = await readTlsSecret(kube, ref).catch((error: unknown) => {
    if (error instanceof TlsSecretError) return undefined;
    throw error;
  });
  const { certificate, caPem } = wanted;
  const ca = caPem === undefined ? facts?.ca : await parseCertificate(caPem);
  return {
    resourceVersion,
    holdsPair:
      facts?.certificate.fingerprint === certificate.fingerprint &&
      facts.ca?.fingerprint === ca?.fingerprint &&
      facts.hasKey,
    wasApplied: appliedConfiguration in annotations,
  };
}

/** Writing into a Secret that cert-manager owns makes it issue anew, again and again. */
async function refuseIfManaged(
  kube: Kube,
  ref: ObjectRef,
  certificateName: string | undefined,
): Promise<void> {
  if (certificateName === undefined) return;
  // The guide's `sed` copy carries the annotation too, but names a Certificate that does not exist.
  const owner = await kube.get(
    certificateRef(ref.namespace ?? '', certificateName),
    certificateObject,
  );
  if (owner?.spec.secretName !== ref.name) return;
  throw new TlsSecretError(
    `${describeObject(ref)} is written by Certificate ${certificateName}; nothing was copied into it. Next step: give the Secret for the copy a name of its own.`,
  );
}

function encode(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : Buffer.from(pem).toString('base64');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
