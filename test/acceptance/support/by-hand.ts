import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import type { WorkloadRef } from '../../../domain/survey.ts';
import { workloadName } from '../../../domain/survey.ts';
import type { RenewedCertificate } from '../../../mesh/renewal-outcome.ts';
import { markBeforeRenewal, renewCertificate } from '../../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../../mesh/certificates.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { ObjectRef } from '../../../mesh/kubernetes/resources.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { secretRef } from '../../../mesh/tls-secret.ts';
import { rolloutStatus, rotationAnnotation } from '../../../mesh/workloads.ts';
import { anchorCopy } from '../../../simulator/guide/anchor-copy.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Bench } from './bench.ts';
import { lookAtCluster } from './cluster-sights.ts';
import { stateTimeoutMs } from './patience.ts';

/** What a person does with kubectl and cmctl: the steps of Linkerd's guide, and what goes wrong there. */

const { trustNamespace, linkerdNamespace, ...names } = documentedObjects;
/** Each look asks for several objects. */
const patience = { timeoutMs: stateTimeoutMs, intervalMs: 200 };

export const anchorCertificate = certificateRef(trustNamespace, names.trustAnchor);
export const issuerCertificate = certificateRef(linkerdNamespace, names.identityIssuer);

/** Every workload of `smallApps`, then the control plane with linkerd-identity last. */
export const appWorkloads: readonly WorkloadRef[] = [
  { kind: 'Deployment', namespace: 'shop', name: 'web' },
  { kind: 'StatefulSet', namespace: 'shop', name: 'orders' },
];
export const identityWorkload: WorkloadRef = {
  kind: 'Deployment',
  namespace: linkerdNamespace,
  name: 'linkerd-identity',
};
export const controlPlane: readonly WorkloadRef[] = [
  { kind: 'Deployment', namespace: linkerdNamespace, name: 'linkerd-proxy-injector' },
  { kind: 'Deployment', namespace: linkerdNamespace, name: 'linkerd-destination' },
  identityWorkload,
];

/** `cmctl renew`, and waiting until it is done. */
export async function renewByHand(kube: Kube, certificate: ObjectRef): Promise<RenewedCertificate> {
  return renewCertificate(kube, certificate, {
    deadlineMs: Date.now() + stateTimeoutMs,
    since: await markBeforeRenewal(kube, certificate),
    token: 'by-hand',
  });
}

/** Step 1: the anchor is renewed, and trust-manager has brought both into the bundle. */
export async function renewAnchorByHand({ kube }: Bench): Promise<void> {
  await renewByHand(kube, anchorCertificate);
  await bundleHas(kube, 2);
}

/** Like step 1, with another common name: cert-manager renews because its spec has changed. */
export async function renameAnchorByHand({ kube }: Bench, commonName: string): Promise<void> {
  const before = await lookAtCluster(kube);
  await kube.patch(anchorCertificate, { spec: { commonName } }, 'merge');
  await waitFor(
    async () => (await lookAtCluster(kube)).trustAnchor.join() !== before.trustAnchor.join(),
    { what: 'the anchor to be issued under its new name', ...patience },
  );
  await bundleHas(kube, 2);
}

/** The guide's `kubectl get secret … | sed | kubectl apply`. */
export async function copyAnchorByHand({ kube }: Bench): Promise<void> {
  const anchor = await kube.get(secretRef(trustNamespace, names.trustAnchor), z.unknown());
  const copy = anchorCopy(anchor);
  await kube.patch(secretRef(trustNamespace, names.previousAnchor), copy, 'merge');
  await bundleHas(kube, 1);
}

function bundleHas(kube: Kube, anchors: number): Promise<unknown> {
  return waitFor(async () => (await lookAtCluster(kube)).bundle.length === anchors, {
    what: `the bundle to hold ${String(anchors)} anchors`,
    ...patience,
  });
}

/** `kubectl rollout restart` and `kubectl rollout status` of each, one after the other. */
export async function restartByHand(
  { kube }: Bench,
  workloads: readonly WorkloadRef[],
): Promise<void> {
  for (const workload of workloads) {
    const restartedAt = new Date().toISOString();
    const annotations = { 'kubectl.kubernetes.io/restartedAt': restartedAt };
    await kube.patch(
      workloadRef(workload),
      { spec: { template: { metadata: { annotations } } } },
      'strategic',
    );
    await waitFor(async () => (await rolloutStatus(kube, workload)).phase === 'done', {
      what: `${workloadName(workload)} to be rolled out`,
      ...patience,
    });
  }
}

/** Waits until a mounted bundle of the moment before counts as refreshed everywhere. */
export async function bundleSettled({ kube }: Bench, settleMs: number): Promise<void> {
  const ref = { type: resources.configMaps, namespace: linkerdNamespace, name: names.bundle };
  const written = z.object({
    metadata: z.object({ managedFields: z.array(z.object({ time: z.string() })) }),
  });
  const roots = await kube.get(ref, written);
  const times = (roots?.metadata.managedFields ?? []).map(({ time }) => Date.parse(time));
  const settledMs = Math.max(...times) + settleMs;
  await waitFor(() => Date.now() > settledMs, {
    what: 'the bundle to settle',
    ...patience,
  });
}

/** Waits until every live proxy presents a leaf of the issuer that is in the Secret now. */
export async function leavesRefreshed(bench: Bench, timeoutMs: number): Promise<void> {
  const { issuer } = await lookAtCluster(bench.kube);
  await waitFor(() => bench.mesh.proxies().every(({ chain }) => chain[1] === issuer[0]), {
    what: 'every proxy to present a leaf of the issuer of now',
    timeoutMs,
  });
}

const generation = z.object({ metadata: z.object({ generation: z.number() }) });

/** How often the template of each workload has changed: one more for each restart. */
export async function generationsOf(
  { kube }: Bench,
  workloads: readonly WorkloadRef[],
): Promise<readonly number[]> {
  return Promise.all(
    workloads.map(async (workload) => {
      const object = await kube.get(workloadRef(workload), generation);
      return object?.metadata.generation ?? 0;
    }),
  );
}

/** How often each workload was restarted since: counted in the cluster, not by the rotation itself. */
export async function restartsSince(
  bench: Bench,
  before: readonly number[],
  workloads: readonly WorkloadRef[] = appWorkloads,
): Promise<readonly number[]> {
  const after = await generationsOf(bench, workloads);
  return after.map((generation, index) => generation - (before[index] ?? 0));
}

const marked = z.object({
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    }),
  }),
});

/** Which pass, and which try of it, restarted each workload last; empty where none has. */
export async function markersOf(
  { kube }: Bench,
  workloads: readonly WorkloadRef[],
): Promise<readonly string[]> {
  return Promise.all(
    workloads.map(async (workload) => {
      const object = await kube.get(workloadRef(workload), marked);
      return object?.spec.template.metadata.annotations[rotationAnnotation] ?? '';
    }),
  );
}

const workloadTypes: Readonly<Record<string, ObjectRef['type']>> = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
};

function workloadRef({ kind, namespace, name }: WorkloadRef): ObjectRef {
  const type = workloadTypes[kind];
  if (type === undefined) throw new Error(`the suite does not restart a ${kind}`);
  return { type, namespace, name };
}
