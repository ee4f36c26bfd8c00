import type { Certificate } from '../cert-manager-objects.ts';
import { findCondition, isTrue } from '../controllers/conditions.ts';
import { ownKey, ownerKey, startController } from '../controllers/controller.ts';
import type { Controller, Source } from '../controllers/controller.ts';
import { timestamp } from '../names.ts';
import { CERTIFICATES, CERTIFICATE_REQUESTS, SECRETS } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { certificateCondition, updateStatus } from './certificate-status.ts';
import type { CertManagerContext } from './context.ts';
import { REVISION_ANNOTATION, advanceIssuance, ownedRequests } from './issuance.ts';
import { findViolation, renewalTimeOf, validityOf } from './policies.ts';
import type { CertificateState, Violation } from './policies.ts';
import { requestMismatches } from './signing-requests.ts';

const HOUR_MS = 3_600_000;
const LONGEST_BACKOFF_MS = 32 * HOUR_MS;
const REVISION_HISTORY_LIMIT = 1;

function observe(cm: CertManagerContext, certificate: Certificate): CertificateState {
  const { namespace } = certificate.metadata;
  const { revision } = certificate.status ?? {};
  return {
    certificate,
    secret: cm.api.store.get(SECRETS, { namespace, name: certificate.spec.secretName }),
    currentRequest:
      revision === undefined ? undefined : ownedRequests(cm, certificate, revision)[0],
  };
}

function renewalDue({ certificate, secret }: CertificateState): Violation | undefined {
  const validity = validityOf(secret);
  const renewal = validity && renewalTimeOf(certificate, validity);
  if (renewal === undefined || renewal.getTime() > Date.now()) return undefined;
  return {
    reason: 'Renewing',
    message: `Renewing certificate as renewal was scheduled at ${timestamp(renewal)}`,
  };
}

/** Milliseconds that an automatic retry still has to wait. A manual trigger never comes through here. */
function backoffMs(cm: CertManagerContext, certificate: Certificate): number {
  const { lastFailureTime, failedIssuanceAttempts = 1, revision = 0 } = certificate.status ?? {};
  if (lastFailureTime === undefined) return 0;
  const [failed] = ownedRequests(cm, certificate, revision + 1);
  if (failed !== undefined && requestMismatches(certificate.spec, failed).length > 0) return 0;
  const first = cm.options.minimumBackoffMs ?? HOUR_MS;
  const delay = Math.min(first * 2 ** (failedIssuanceAttempts - 1), LONGEST_BACKOFF_MS);
  return Math.max(0, Date.parse(lastFailureTime) + delay - Date.now());
}

/** Step 1: starts an issuance where the Secret is not what it should be. Resolves to the time until the next look. */
async function trigger(
  cm: CertManagerContext,
  state: CertificateState,
): Promise<number | undefined> {
  const { certificate } = state;
  const violation = findViolation(state) ?? renewalDue(state);
  if (violation === undefined) return undefined;
  const waitMs = backoffMs(cm, certificate);
  if (waitMs > 0) return waitMs;
  updateStatus(cm, certificate, {
    manager: 'trigger',
    edit: (status) => {
      status.conditions = certificateCondition(certificate, status, {
        type: 'Issuing',
        status: 'True',
        ...violation,
      });
    },
  });
  await cm.record(certificate, { type: 'Normal', reason: 'Issuing', message: violation.message });
  return undefined;
}

/** Step 8: Ready, notBefore, notAfter and renewalTime follow what is in the Secret. */
function updateReadiness(cm: CertManagerContext, state: CertificateState): void {
  const { certificate, secret } = state;
  const validity = validityOf(secret);
  const isExpired = validity !== undefined && validity.notAfter.getTime() <= Date.now();
  const violation =
    findViolation(state) ??
    (isExpired ? { reason: 'Expired', message: 'Certificate expired' } : undefined);
  const ready = { reason: 'Ready', message: 'Certificate is up to date and has not expired' };
  const renewal = validity && renewalTimeOf(certificate, validity);
  updateStatus(cm, certificate, {
    manager: 'readiness',
    edit: (status) => {
      status.conditions = certificateCondition(certificate, status, {
        type: 'Ready',
        status: violation === undefined ? 'True' : 'False',
        ...(violation ?? ready),
      });
      delete status.notBefore;
      delete status.notAfter;
      delete status.renewalTime;
      if (validity !== undefined) {
        status.notBefore = timestamp(validity.notBefore);
        status.notAfter = timestamp(validity.notAfter);
      }
      if (renewal !== undefined) status.renewalTime = timestamp(renewal);
    },
  });
}

/** Step 9: after an issuance, failed or not, the temporary key goes. */
function dropNextKey(cm: CertManagerContext, certificate: Certificate): void {
  const name = certificate.status?.nextPrivateKeySecretName;
  if (name === undefined) return;
  const key = { namespace: certificate.metadata.namespace, name };
  if (cm.api.store.get(SECRETS, key) !== undefined) cm.api.remove(SECRETS, key);
  updateStatus(cm, certificate, {
    manager: 'key-manager',
    edit: (status) => {
      delete status.nextPrivateKeySecretName;
    },
  });
}

/** Step 10: while Ready, requests beyond the history limit are deleted, oldest revision first. */
function pruneRequests(cm: CertManagerContext, certificate: Certificate): void {
  if (!isTrue(certificate.status?.conditions, 'Ready')) return;
  const limit = certificate.spec.revisionHistoryLimit ?? REVISION_HISTORY_LIMIT;
  const revisionOf = (request: { metadata: { annotations?: Record<string, string> } }) =>
    Number(request.metadata.annotations?.[REVISION_ANNOTATION] ?? 0);
  const requests = ownedRequests(cm, certificate).sort((a, b) => revisionOf(b) - revisionOf(a));
  for (const { metadata } of requests.slice(limit))
    cm.api.remove(CERTIFICATE_REQUESTS, { namespace: metadata.namespace, name: metadata.name });
}

/** When time alone changes something: at the renewal or at expiry. */
function nextLookMs({ certificate, secret }: CertificateState): number | undefined {
  const validity = validityOf(secret);
  if (validity === undefined) return undefined;
  const times = [renewalTimeOf(certificate, validity), validity.notAfter];
  const ahead = times.map((time) => (time?.getTime() ?? 0) - Date.now()).filter((wait) => wait > 0);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

/** Issues and renews Certificates: the trigger, key, request, issuing, readiness and revision controllers in one. */
export function startCertificateController(cm: CertManagerContext): Controller {
  const { store } = cm.api;

  async function reconcile(key: ObjectKey): Promise<number | undefined> {
    const certificate = store.get(CERTIFICATES, key);
    if (certificate === undefined) return undefined;
    const issuing = findCondition(certificate.status?.conditions, 'Issuing');
    let waitMs: number | undefined;
    if (issuing?.status === 'True') await advanceIssuance(cm, certificate);
    else {
      dropNextKey(cm, certificate);
      waitMs = await trigger(cm, observe(cm, certificate));
    }
    const current = store.get(CERTIFICATES, key);
    if (current === undefined) return undefined;
    const state = observe(cm, current);
    updateReadiness(cm, state);
    pruneRequests(cm, store.get(CERTIFICATES, key) ?? current);
    return waitMs ?? nextLookMs(state);
  }

  const fromSecret: Source['keys'] = ({ object }) =>
    store
      .list(CERTIFICATES, object.metadata.namespace)
      .filter(
        ({ spec, status }) =>
          spec.secretName === object.metadata.name ||
          status?.nextPrivateKeySecretName === object.metadata.name,
      )
      .map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name }));
  return startController({
    name: 'cert-manager certificates',
    store,
    sources: [
      { resource: CERTIFICATES, keys: ownKey },
      { resource: CERTIFICATE_REQUESTS, keys: ownerKey('Certificate') },
      { resource: SECRETS, keys: fromSecret },
    ],
    reconcile,
    paused: cm.options.paused ?? false,
  });
}
