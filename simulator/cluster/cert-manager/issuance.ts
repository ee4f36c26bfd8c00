import { X509Certificate as NodeCertificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Certificate, CertificateRequest } from '../cert-manager-objects.ts';
import { findCondition, isTrue } from '../controllers/conditions.ts';
import { timestamp } from '../names.ts';
import { CERTIFICATE_REQUESTS, SECRETS } from '../resources.ts';
import { PRIVATE_KEY_ANNOTATION } from './certificate-requests.ts';
import { certificateCondition, ownerOf, updateStatus } from './certificate-status.ts';
import { parseCertificates } from './chain.ts';
import { FAO_LABEL, secretText, toBase64 } from './context.ts';
import type { CertManagerContext } from './context.ts';
import { encodePrivateKey, parsePrivateKey, publicKeyOf } from './keys.ts';
import { createNextKey } from './next-private-key.ts';
import {
  alternativeNames,
  createSigningRequest,
  requestMismatches,
  requestedKey,
} from './signing-requests.ts';

export const REVISION_ANNOTATION = 'cert-manager.io/certificate-revision';
const NAME_ANNOTATION = 'cert-manager.io/certificate-name';
/** Annotations that are not copied to a Certificate's requests. */
const PRIVATE_PREFIXES = ['kubectl.kubernetes.io/', 'fluxcd.io/', 'argocd.argoproj.io/'];

/** Requests that a Certificate owns, of one revision if given. */
export function ownedRequests(
  cm: CertManagerContext,
  { metadata }: Certificate,
  revision?: number,
): CertificateRequest[] {
  const all = cm.api.store.ownedBy(metadata.uid, CERTIFICATE_REQUESTS);
  return all.filter(
    (request) =>
      revision === undefined ||
      request.metadata.annotations?.[REVISION_ANNOTATION] === String(revision),
  );
}

/** Step 3: the request of the next revision; its name is fixed, so it survives a failed attempt. */
async function createRequest(
  cm: CertManagerContext,
  certificate: Certificate,
  key: KeyObject,
): Promise<void> {
  const { spec, metadata, status } = certificate;
  const revision = (status?.revision ?? 0) + 1;
  const copied = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => !PRIVATE_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  const annotations = {
    ...Object.fromEntries(copied),
    [REVISION_ANNOTATION]: String(revision),
    [NAME_ANNOTATION]: metadata.name,
    [PRIVATE_KEY_ANNOTATION]: status?.nextPrivateKeySecretName ?? '',
  };
  const name = `${metadata.name}-${revision}`;
  await cm.api.create(
    CERTIFICATE_REQUESTS,
    {
      metadata: {
        name,
        namespace: metadata.namespace,
        labels: metadata.labels,
        annotations,
        ownerReferences: [ownerOf(certificate)],
      },
      spec: {
        request: await createSigningRequest(spec, key),
        issuerRef: spec.issuerRef,
        isCA: spec.isCA,
        usages: spec.usages,
        duration: spec.duration,
      },
    },
    { manager: 'cert-manager-certificates-request-manager' },
  );
  const message = `Created new CertificateRequest resource "${name}"`;
  await cm.record(certificate, { type: 'Normal', reason: 'Requested', message });
}

/** Whether a leftover request cannot serve this issuance: another key or spec, or a failure older than the trigger. */
function isStale(certificate: Certificate, request: CertificateRequest, key: KeyObject): boolean {
  if (requestedKey(request) !== publicKeyOf(key)) return true;
  if (requestMismatches(certificate.spec, request).length > 0) return true;
  const ready = findCondition(request.status?.conditions, 'Ready');
  const since = findCondition(certificate.status?.conditions, 'Issuing')?.lastTransitionTime ?? '';
  const failed = request.status?.failureTime;
  // A denied request is not deleted: under rotationPolicy Never it makes every retry fail (cert-manager 1.21.1).
  return (
    ready?.reason === 'Failed' && failed !== undefined && Date.parse(failed) < Date.parse(since)
  );
}

/** Annotations on the issued Secret; they carry no revision or fingerprint. */
function secretAnnotations({ spec, metadata }: Certificate, chain: string): Record<string, string> {
  const [leaf] = parseCertificates(chain);
  const names = leaf === undefined ? [] : alternativeNames(leaf.extensions);
  const valuesOf = (type: string) =>
    names
      .filter((n) => n.type === type)
      .map((n) => n.value)
      .join(',');
  return {
    ...spec.secretTemplate?.annotations,
    [NAME_ANNOTATION]: metadata.name,
    'cert-manager.io/issuer-name': spec.issuerRef.name,
    'cert-manager.io/issuer-kind': spec.issuerRef.kind ?? 'Issuer',
    'cert-manager.io/issuer-group': spec.issuerRef.group ?? 'cert-manager.io',
    'cert-manager.io/common-name': leaf?.subjectName.getField('CN')[0] ?? '',
    'cert-manager.io/alt-names': valuesOf('dns'),
    'cert-manager.io/ip-sans': valuesOf('ip'),
    'cert-manager.io/uri-sans': valuesOf('url'),
  };
}

/** Steps 6 and 7: first the target Secret, then the Certificate's status, as two writes. */
async function complete(
  cm: CertManagerContext,
  certificate: Certificate,
  issued: { request: CertificateRequest; key: KeyObject },
): Promise<void> {
  const { spec, metadata, status } = certificate;
  const { certificate: chain = '', ca } = issued.request.status ?? {};
  const target = { namespace: metadata.namespace, name: spec.secretName };
  const labels = { ...spec.secretTemplate?.labels, [FAO_LABEL]: 'true' };
  const annotations = secretAnnotations(certificate, Buffer.from(chain, 'base64').toString());
  const data = {
    'tls.crt': chain,
    'tls.key': toBase64(encodePrivateKey(issued.key, spec.privateKey?.encoding)),
    ...(ca === undefined ? {} : { 'ca.crt': ca }),
  };
  const type = cm.api.store.get(SECRETS, target)?.type ?? 'kubernetes.io/tls';
  const manager = 'cert-manager-certificates-issuing';
  await cm.api.apply(
    SECRETS,
    { metadata: { ...target, labels, annotations }, type, data },
    { manager, force: true },
  );
  updateStatus(cm, certificate, {
    manager: 'issuing',
    edit: (draft) => {
      draft.revision = (status?.revision ?? 0) + 1;
      draft.conditions = (draft.conditions ?? []).filter(({ type: name }) => name !== 'Issuing');
      delete draft.lastFailureTime;
      delete draft.failedIssuanceAttempts;
    },
  });
  const message = 'The certificate has been successfully issued';
  await cm.record(certificate, { type: 'Normal', reason: 'Issuing', message });
}

async function fail(
  cm: CertManagerContext,
  certificate: Certificate,
  cause: { reason: string; message: string },
): Promise<void> {
  const message = `The certificate request has failed to complete and will be retried: ${cause.message}`;
  const { reason } = cause;
  updateStatus(cm, certificate, {
    manager: 'issuing',
    edit: (draft) => {
      draft.conditions = certificateCondition(certificate, draft, {
        type: 'Issuing',
        status: 'False',
        reason,
        message,
      });
      draft.lastFailureTime = timestamp();
      draft.failedIssuanceAttempts = (draft.failedIssuanceAttempts ?? 0) + 1;
    },
  });
  await cm.record(certificate, { type: 'Warning', reason, message });
}

interface Failure {
  reason: string;
  message: string;
}

/** Why a request will never be issued: denied or invalid (with the approver's words), or failed. */
function failureOf({ status }: CertificateRequest): Failure | undefined {
  for (const type of ['Denied', 'InvalidRequest']) {
    const condition = findCondition(status?.conditions, type);
    if (condition?.status === 'True')
      return { reason: condition.reason ?? type, message: condition.message ?? '' };
  }
  const ready = findCondition(status?.conditions, 'Ready');
  return ready?.reason === 'Failed'
    ? { reason: 'Failed', message: ready.message ?? '' }
    : undefined;
}

async function finish(
  cm: CertManagerContext,
  certificate: Certificate,
  issued: { request: CertificateRequest; key: KeyObject },
): Promise<void> {
  const failure = failureOf(issued.request);
  if (failure !== undefined) return fail(cm, certificate, failure);
  const { conditions, certificate: chain } = issued.request.status ?? {};
  if (!isTrue(conditions, 'Ready') || chain === undefined) return;
  const leaf = new NodeCertificate(Buffer.from(chain, 'base64'));
  if (publicKeyOf(leaf.publicKey) !== publicKeyOf(issued.key))
    return fail(cm, certificate, {
      reason: 'InvalidCertificate',
      message: 'issued for another key',
    });
  return complete(cm, certificate, issued);
}

/** Takes an issuance (condition Issuing=True) one step further. Each step is a write, which leads to the next. */
export async function advanceIssuance(
  cm: CertManagerContext,
  certificate: Certificate,
): Promise<void> {
  const { metadata, status } = certificate;
  const { namespace } = metadata;
  const keySecret = cm.api.store.get(SECRETS, {
    namespace,
    name: status?.nextPrivateKeySecretName ?? '',
  });
  const key = parsePrivateKey(secretText(keySecret, 'tls.key') ?? '');
  if (key === undefined) return createNextKey(cm, certificate);
  const [request] = ownedRequests(cm, certificate, (status?.revision ?? 0) + 1);
  if (request === undefined) return createRequest(cm, certificate, key);
  if (!isStale(certificate, request, key)) return finish(cm, certificate, { request, key });
  cm.api.remove(CERTIFICATE_REQUESTS, { namespace, name: request.metadata.name });
  return createRequest(cm, certificate, key);
}
