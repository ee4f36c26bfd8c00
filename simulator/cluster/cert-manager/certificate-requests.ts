import type { CertificateRequest, Issuer } from '../cert-manager-objects.ts';
import { findCondition, isTrue, withCondition } from '../controllers/conditions.ts';
import { ownKey, startController } from '../controllers/controller.ts';
import type { Controller, Source } from '../controllers/controller.ts';
import { timestamp } from '../names.ts';
import type { Condition } from '../objects.ts';
import { CERTIFICATE_REQUESTS, CLUSTER_ISSUERS, ISSUERS, SECRETS } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { toPem, toSingleChain } from './chain.ts';
import type { PemBundle } from './chain.ts';
import { CLUSTER_RESOURCE_NAMESPACE, secretText, toBase64 } from './context.ts';
import type { CertManagerContext } from './context.ts';
import { parseDuration } from './durations.ts';
import { readKeyPair } from './issuers.ts';
import { parsePrivateKey, publicKeyOf } from './keys.ts';
import { signCertificate } from './signing.ts';
import { parseSigningRequest, requestedKey } from './signing-requests.ts';

/** Names the Secret with the key that a self-signed request is signed with. */
export const PRIVATE_KEY_ANNOTATION = 'cert-manager.io/private-key-secret-name';
const DEFAULT_DURATION = '2160h';
const FINAL_REASONS = ['Issued', 'Failed', 'Denied'];

/** A request that cannot be signed yet ('Pending') or ever ('Failed'). */
class SigningRefusal extends Error {
  readonly reason: 'Pending' | 'Failed';
  readonly eventReason: string;

  constructor(reason: 'Pending' | 'Failed', eventReason: string, message: string) {
    super(message);
    this.reason = reason;
    this.eventReason = eventReason;
  }
}

function setConditions(
  cm: CertManagerContext,
  request: CertificateRequest,
  options: {
    conditions: Omit<Condition, 'lastTransitionTime'>[];
    status?: CertificateRequest['status'];
  },
): void {
  const key = { namespace: request.metadata.namespace, name: request.metadata.name };
  cm.api.modify(CERTIFICATE_REQUESTS, key, {
    manager: 'cert-manager-certificaterequests',
    subresource: 'status',
    edit: (draft) => {
      const conditions = options.conditions.reduce<Condition[] | undefined>(
        withCondition,
        draft.status?.conditions,
      );
      draft.status = { ...draft.status, ...options.status, ...(conditions ? { conditions } : {}) };
    },
  });
}

/** Asks the approver. True once the request is approved. */
async function approve(cm: CertManagerContext, request: CertificateRequest): Promise<boolean> {
  const { conditions } = request.status ?? {};
  if (isTrue(conditions, 'Approved')) return true;
  if (isTrue(conditions, 'Denied')) return false;
  const decision = cm.options.approve?.(request) ?? 'approve';
  if (decision === 'wait') {
    const message = 'Not signing CertificateRequest until it is Approved';
    await cm.record(request, { type: 'Normal', reason: 'WaitingForApproval', message });
    return false;
  }
  const isApproved = decision === 'approve';
  const message = `Certificate request has been ${isApproved ? 'approved' : 'denied'} by cert-manager.io`;
  const type = isApproved ? 'Approved' : 'Denied';
  setConditions(cm, request, {
    conditions: [{ type, status: 'True', reason: 'cert-manager.io', message }],
  });
  // The write brings the request back here with its new condition.
  return false;
}

function findIssuer(cm: CertManagerContext, request: CertificateRequest): Issuer {
  const { name, kind = 'Issuer' } = request.spec.issuerRef;
  const issuer =
    kind === 'ClusterIssuer'
      ? cm.api.store.get(CLUSTER_ISSUERS, { name })
      : cm.api.store.get(ISSUERS, { namespace: request.metadata.namespace, name });
  if (issuer === undefined)
    throw new SigningRefusal(
      'Pending',
      'IssuerNotFound',
      `Referenced "${kind}" not found: "${name}" not found`,
    );
  if (!isTrue(issuer.status?.conditions, 'Ready'))
    throw new SigningRefusal(
      'Pending',
      'IssuerNotReady',
      'Referenced issuer does not have a Ready status condition',
    );
  return issuer;
}

function keyForSelfSigned(cm: CertManagerContext, request: CertificateRequest) {
  const { namespace = '', annotations } = request.metadata;
  const name = annotations?.[PRIVATE_KEY_ANNOTATION];
  if (name === undefined)
    throw new SigningRefusal(
      'Failed',
      'MissingAnnotation',
      `Annotation "${PRIVATE_KEY_ANNOTATION}" missing`,
    );
  const key = parsePrivateKey(
    secretText(cm.api.store.get(SECRETS, { namespace, name }), 'tls.key') ?? '',
  );
  if (key === undefined)
    throw new SigningRefusal(
      'Pending',
      'MissingSecret',
      `Referenced secret ${namespace}/${name} not found`,
    );
  if (publicKeyOf(key) !== requestedKey(request))
    throw new SigningRefusal('Failed', 'ErrorKeyMatch', 'CSR not signed by referenced private key');
  return key;
}

function readCa(cm: CertManagerContext, request: CertificateRequest, secretName: string) {
  const isCluster = request.spec.issuerRef.kind === 'ClusterIssuer';
  const namespace = isCluster ? CLUSTER_RESOURCE_NAMESPACE : (request.metadata.namespace ?? '');
  const secret = cm.api.store.get(SECRETS, { namespace, name: secretName });
  if (secret === undefined)
    throw new SigningRefusal(
      'Pending',
      'SecretMissing',
      `Referenced secret ${namespace}/${secretName} not found`,
    );
  try {
    return readKeyPair(secret);
  } catch (error) {
    const message = `Failed to parse signing CA keypair from secret ${namespace}/${secretName}: ${String(error)}`;
    throw new SigningRefusal('Pending', 'SecretInvalidData', message);
  }
}

async function sign(cm: CertManagerContext, request: CertificateRequest): Promise<PemBundle> {
  const issuer = findIssuer(cm, request);
  const { spec } = request;
  const shared = {
    csr: parseSigningRequest(spec.request),
    isCA: spec.isCA ?? false,
    usages: spec.usages,
    durationMs: parseDuration(spec.duration ?? DEFAULT_DURATION),
  };
  if (issuer.spec.ca === undefined) {
    const signingKey = keyForSelfSigned(cm, request);
    const chain = toPem([await signCertificate({ ...shared, issuer: undefined, signingKey })]);
    // The self-signed issuer returns the certificate as its own CA.
    return { chain, ca: chain };
  }
  const { certificates, key } = readCa(cm, request, issuer.spec.ca.secretName);
  const leaf = await signCertificate({ ...shared, issuer: certificates[0], signingKey: key });
  return toSingleChain([...certificates, leaf]);
}

async function signOrReport(cm: CertManagerContext, request: CertificateRequest): Promise<void> {
  try {
    const { chain, ca } = await sign(cm, request);
    const message = 'Certificate fetched from issuer successfully';
    setConditions(cm, request, {
      conditions: [{ type: 'Ready', status: 'True', reason: 'Issued', message }],
      status: { certificate: toBase64(chain), ca: toBase64(ca) },
    });
    await cm.record(request, { type: 'Normal', reason: 'CertificateIssued', message });
  } catch (error) {
    // Whatever goes wrong while signing ends in the request's own status, as in cert-manager.
    const refusal =
      error instanceof SigningRefusal
        ? error
        : new SigningRefusal(
            'Failed',
            'SigningError',
            `Error signing certificate: ${String(error)}`,
          );
    const { reason, eventReason, message } = refusal;
    setConditions(cm, request, {
      conditions: [{ type: 'Ready', status: 'False', reason, message }],
      ...(reason === 'Failed' ? { status: { failureTime: timestamp() } } : {}),
    });
    await cm.record(request, {
      type: reason === 'Failed' ? 'Warning' : 'Normal',
      reason: eventReason,
      message,
    });
  }
}

function refuseDenied(cm: CertManagerContext, request: CertificateRequest): void {
  const message = 'The CertificateRequest was denied by an approval controller';
  setConditions(cm, request, {
    conditions: [{ type: 'Ready', status: 'False', reason: 'Denied', message }],
    status: { failureTime: timestamp() },
  });
}

/** Approves and signs CertificateRequests, those of Certificates and free-standing ones alike. */
export function startRequestController(cm: CertManagerContext): Controller {
  const { store } = cm.api;

  async function reconcile(key: ObjectKey): Promise<undefined> {
    const request = store.get(CERTIFICATE_REQUESTS, key);
    if (request === undefined) return undefined;
    const ready = findCondition(request.status?.conditions, 'Ready');
    if (FINAL_REASONS.includes(ready?.reason ?? '')) return undefined;
    if (isTrue(request.status?.conditions, 'Denied')) refuseDenied(cm, request);
    else if (await approve(cm, request)) await signOrReport(cm, request);
    return undefined;
  }

  // A pending request is looked at again when its issuer changes, but not when the issuer's Secret does.
  const fromIssuer: Source['keys'] = ({ object }) =>
    store
      .list(CERTIFICATE_REQUESTS)
      .filter(({ spec }) => spec.issuerRef.name === object.metadata.name)
      .map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name }));
  return startController({
    name: 'cert-manager certificaterequests',
    store,
    sources: [
      { resource: CERTIFICATE_REQUESTS, keys: ownKey },
      { resource: ISSUERS, keys: fromIssuer },
      { resource: CLUSTER_ISSUERS, keys: fromIssuer },
    ],
    reconcile,
    paused: cm.options.paused ?? false,
  });
}
