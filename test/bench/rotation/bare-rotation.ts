import { setTimeout as delay } from 'node:timers/promises';
import { documentedObjects as objects } from '../../../domain/objects.ts';
import type { WorkloadRef } from '../../../domain/survey.ts';
import { workloadName } from '../../../domain/survey.ts';
import { discoverAnchors } from '../../../mesh/observation/discover-anchors.ts';
import { restartWorkload, rolloutStatus } from '../../../mesh/workloads.ts';
import { releaseBridge, retireOldAnchor, switchToBridge } from '../bare-steps.ts';
import type { RotationMesh } from './rotation-mesh.ts';
import { benchTimings, waveSize } from './rotation-mesh.ts';
import { issuerInSecret, untilTurnedOver } from './turnover.ts';

export interface TimedRotation {
  readonly wallMs: number;
  /** Of it, the wait for leaves of the new issuer. */
  readonly turnoverMs: number;
}

const pollMs = 100;
/** The kubelet of the simulated nodes looks once a second. */
const mountRefreshMs = 1_500;
const marker = 'bench/bare.1';

/**
 * What a rotation inherently takes: the same issuances, the same rollouts in the same waves, and the
 * wait for the leaves, which here ends the very moment that the last proxy has a new one.
 */
export async function rotateBare(rotated: RotationMesh): Promise<TimedRotation> {
  const { kube, dataPlane } = rotated;
  const startedMs = performance.now();
  await switchToBridge(kube);
  const issuer = await issuerInSecret(rotated);
  const renewedMs = performance.now();
  await untilTurnedOver(rotated, issuer);
  const turnoverMs = performance.now() - renewedMs;
  await retireOldAnchor(kube);
  // Injectors read the bundle from a mount; before it is fresh a restart would bring the old anchor back.
  await delay(mountRefreshMs);
  for (let at = 0; at < dataPlane.length; at += waveSize) {
    await restartAll(rotated, dataPlane.slice(at, at + waveSize));
  }
  await restartAll(rotated, ['linkerd-destination', 'linkerd-proxy-injector'].map(inLinkerd));
  await restartAll(rotated, [inLinkerd('linkerd-identity')]);
  await releaseBridge(kube);
  return { wallMs: performance.now() - startedMs, turnoverMs };
}

/**
 * Pods of before the last restart go on for a moment; a rotation that begins then would take the anchor
 * they hold for one that is still in use.
 * @throws when that takes longer than it may
 */
export async function untilAtRest({ kube }: RotationMesh): Promise<void> {
  const deadlineMs = Date.now() + benchTimings.rolloutTimeoutMs;
  for (;;) {
    const { others } = await discoverAnchors(kube, objects);
    const held = others.find(({ heldBy }) => heldBy !== 'nobody');
    if (held === undefined) return;
    if (Date.now() > deadlineMs) {
      throw new Error(`pods still hold the anchor ${held.certificate.fingerprint}`);
    }
    await delay(pollMs);
  }
}

/** As `kubectl rollout restart` on all, then `kubectl rollout status` on each. */
async function restartAll(
  { kube }: RotationMesh,
  workloads: readonly WorkloadRef[],
): Promise<void> {
  for (const workload of workloads) await restartWorkload(kube, workload, marker);
  const deadlineMs = Date.now() + benchTimings.rolloutTimeoutMs;
  for (const workload of workloads) {
    while ((await rolloutStatus(kube, workload)).phase !== 'done') {
      if (Date.now() > deadlineMs) throw new Error(`${workloadName(workload)} did not come up`);
      await delay(pollMs);
    }
  }
}

function inLinkerd(name: string): WorkloadRef {
  return { kind: 'Deployment', namespace: objects.linkerdNamespace, name };
}
