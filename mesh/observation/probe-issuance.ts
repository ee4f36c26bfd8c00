import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RotationAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { deleteRequest, requestCertificate } from '../certificate-requests.ts';
import { createSigningRequest } from '../certificate-signing-request.ts';
import { isConflict } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { ObjectRef } from '../kubernetes/resources.ts';
import { resources } from '../kubernetes/resources.ts';
import { readTlsSecret, secretRef } from '../tls-secret.ts';
import type { WaitOptions } from '../wait.ts';
import type { Clock } from './clock.ts';
import type { Probe, ProbeName, TrialCa } from './probe.ts';
import { probeFault, signProbe } from './probe.ts';
import { probeIssuerName, probeIssuerNames } from './probe-issuers.ts';

/** On every object that exists only for probes. */
export const probeLabel = 'trust.linkerd.io/probe';

/** cert-manager may still see the Secret of a moment ago: ask again, a bounded number of times. */
const maxTrials = 3;
const trialPauseMs = 1_000;

export interface ProbeOrder {
  readonly name: ProbeName;
  readonly objects: MeshObjects;
  /** Secret of the trust namespace with the pair that is to sign. */
  readonly secretName: string;
  readonly anchors: RotationAnchors;
  readonly trustDomain: string;
  /** Those of the issuer Certificate, so that its constraints are tried too. */
  readonly usages: readonly string[];
  readonly durationMs: number;
}

/** What cert-manager signed does not make the probe that was ordered. */
export class ProbeUnfitError extends Error {
  override readonly name = 'ProbeUnfitError';
}

/** The Secret that is to sign holds a certificate without its key: nothing in the cluster can. */
export class ProbeKeyMissingError extends Error {
  override readonly name = 'ProbeKeyMissingError';
}

/**
 * Has cert-manager sign a trial CA through a namespaced Issuer of ours, and a probe with it. The
 * trial CA's key and the probe's key exist in memory only.
 * @throws ProbeKeyMissingError, ProbeUnfitError, RequestDeniedError, RequestFailedError, RequestGoneError,
 *   DeadlineError
 */
export async function issueProbe(
  kube: Kube,
  order: ProbeOrder,
  { clock, wait }: { readonly clock: Clock; readonly wait: WaitOptions },
): Promise<Probe> {
  await requireKey(kube, order);
  await ensureIssuer(kube, order);
  for (let trials = 1; ; trials += 1) {
    const trial = await requestTrialCa(kube, order, wait);
    const probe = await signProbe(order.name, trial, order.trustDomain);
    const { anchors } = order;
    const fault = await probeFault(order.name, probe.chainPem, { anchors, atMs: clock.nowMs() });
    if (fault === undefined) return probe;
    if (trials === maxTrials) {
      throw new ProbeUnfitError(
        `The probe from Secret ${order.objects.trustNamespace}/${order.secretName} is of no use: ${fault}. Next step: check that this Secret still holds the anchor of this rotation.`,
      );
    }
    await clock.sleep(trialPauseMs, wait.signal);
  }
}

/** Without the key an Issuer waits for ever; better to say so at once. */
async function requireKey(kube: Kube, { objects, secretName }: ProbeOrder): Promise<void> {
  const secret = await readTlsSecret(kube, secretRef(objects.trustNamespace, secretName));
  if (secret?.hasKey === true) return;
  throw new ProbeKeyMissingError(
    `Secret ${objects.trustNamespace}/${secretName} has no private key that fits its certificate, so no probe can be signed with it. Next step: put the pair back, or rotate without it.`,
  );
}

/** Deletes the Issuers and requests of all probes; what they signed is short-lived and stays unused. */
export async function removeIssuance(kube: Kube, objects: MeshObjects): Promise<void> {
  const { trustNamespace: namespace } = objects;
  const named = z.object({ metadata: z.object({ name: z.string() }) });
  const labelSelector = `${probeLabel}=true`;
  for (const name of probeIssuerNames(objects)) await kube.delete(issuerRef(objects, name));
  const requests = await kube.list(resources.certificateRequests, named, {
    namespace,
    labelSelector,
    metadataOnly: true,
  });
  for (const { metadata } of requests) await deleteRequest(kube, namespace, metadata.name);
}

function issuerRef({ trustNamespace: namespace }: MeshObjects, name: string): ObjectRef {
  return { type: resources.issuers, namespace, name };
}

const issuerObject = z.object({
  spec: z.object({ ca: z.object({ secretName: z.string() }).optional() }),
});

async function ensureIssuer(kube: Kube, { objects, name, secretName }: ProbeOrder): Promise<void> {
  const ref = issuerRef(objects, probeIssuerName(objects, name));
  const spec = { ca: { secretName } };
  const existing = await kube.get(ref, issuerObject);
  if (existing?.spec.ca?.secretName === secretName) return;
  if (existing === undefined) {
    try {
      await kube.create(ref, { metadata: { labels: { [probeLabel]: 'true' } }, spec });
      return;
    } catch (error) {
      // Another survey of ours was faster; its Issuer may sign with another Secret.
      if (!isConflict(error) || !error.alreadyExists) throw error;
    }
  }
  await kube.patch(ref, { spec }, 'merge');
}

async function requestTrialCa(kube: Kube, order: ProbeOrder, wait: WaitOptions): Promise<TrialCa> {
  const { objects, name, usages, durationMs } = order;
  const namespace = objects.trustNamespace;
  // A name of its own: probes may be made twice at once, by a plan beside a rotation.
  const request = `${objects.probe}-${name}-${randomBytes(4).toString('hex')}`;
  const { csrPem, privateKey } = await createSigningRequest({ commonName: request });
  try {
    const { certificatePem } = await requestCertificate(
      kube,
      {
        namespace,
        name: request,
        csrPem,
        isCa: true,
        usages,
        durationMs,
        issuerRef: { kind: 'Issuer', name: probeIssuerName(objects, name) },
        labels: { [probeLabel]: 'true' },
      },
      wait,
    );
    return { chainPem: certificatePem, privateKey };
  } finally {
    await deleteRequest(kube, namespace, request);
  }
}
