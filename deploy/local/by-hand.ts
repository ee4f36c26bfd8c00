import { setTimeout as delay } from 'node:timers/promises';
import { documentedObjects as objects } from '../../domain/objects.ts';
import type { WorkloadRef } from '../../domain/survey.ts';
import { workloadName } from '../../domain/survey.ts';
import { copyAnchorPair } from '../../mesh/anchors.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { ObjectRef } from '../../mesh/kubernetes/resources.ts';
import { restartWorkload, rolloutStatus } from '../../mesh/workloads.ts';

/** The steps a person takes, and the workloads to take them on. */
export interface HandWork {
  readonly kube: Kube;
  readonly controlPlane: readonly WorkloadRef[];
  readonly dataPlane: readonly WorkloadRef[];
  readonly leafLifetimeMs: number;
  /** Called as each step begins, with its name. */
  readonly onStep: (step: string) => void;
}

const issuanceTimeoutMs = 30_000;
const rolloutTimeoutMs = 90_000;

/**
 * The order of Linkerd's guide of 2025 and of the public scripts: anchor, issuer, control plane, data
 * plane, drop the old anchor, with waits instead of looks. It fails handshakes from the moment that
 * the control plane presents what the data plane cannot verify yet.
 */
export async function rotateByHand(work: HandWork): Promise<void> {
  const { kube, onStep } = work;
  const { trustNamespace, linkerdNamespace, trustAnchor, previousAnchor, identityIssuer } = objects;
  onStep('renew the trust anchor');
  await renew(kube, certificateRef(trustNamespace, trustAnchor));
  onStep('renew the identity issuer');
  await renew(kube, certificateRef(linkerdNamespace, identityIssuer));
  onStep('restart the control plane');
  await restartAll(work, work.controlPlane, 'by-hand/1');
  onStep('wait for one leaf lifetime');
  await delay(work.leafLifetimeMs);
  onStep('restart the data plane');
  await restartAll(work, work.dataPlane, 'by-hand/1');
  onStep('copy the new anchor over the previous one');
  await copyAnchorPair(kube, { namespace: trustNamespace, from: trustAnchor, to: previousAnchor });
  onStep('restart everything');
  await restartAll(work, [...work.controlPlane, ...work.dataPlane], 'by-hand/2');
}

/** The control run: the same restarts, and no rotation. */
export async function restartEverything(work: HandWork): Promise<void> {
  work.onStep('restart the control plane');
  await restartAll(work, work.controlPlane, 'restart-only/1');
  work.onStep('restart the data plane');
  await restartAll(work, work.dataPlane, 'restart-only/1');
}

async function renew(kube: Kube, ref: ObjectRef): Promise<void> {
  await renewCertificate(kube, ref, {
    since: await markBeforeRenewal(kube, ref),
    token: 'by-hand',
    deadlineMs: Date.now() + issuanceTimeoutMs,
  });
}

/** As `kubectl rollout restart` on all, then `kubectl rollout status` on each. */
async function restartAll(
  { kube }: HandWork,
  workloads: readonly WorkloadRef[],
  marker: string,
): Promise<void> {
  for (const workload of workloads) await restartWorkload(kube, workload, marker);
  const deadlineMs = Date.now() + rolloutTimeoutMs;
  for (const workload of workloads) {
    while ((await rolloutStatus(kube, workload)).phase !== 'done') {
      if (Date.now() > deadlineMs) {
        throw new Error(
          `${workloadName(workload)} did not come up again within ${String(rolloutTimeoutMs / 1_000)} s.`,
        );
      }
      await delay(200);
    }
  }
}
