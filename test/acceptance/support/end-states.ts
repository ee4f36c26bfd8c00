import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { RotationReport } from '../../../domain/rotation-state.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Bench } from './bench.ts';
import { lookAtCluster } from './cluster-sights.ts';
import { assertNoFailedHandshake } from './handshakes.ts';
import { placesOfKey } from './places-of-key.ts';
import { stateTimeoutMs } from './patience.ts';

/**
 * Leaves behind a bridge are good under A, too: after a swing back they stay until they are refreshed, and
 * no scenario that ends so has them live for long.
 */
const settleTimeoutMs = stateTimeoutMs;

function anchorsOf(report: RotationReport): { readonly a: string; readonly b: string } {
  const { a, b } = report.anchors ?? {};
  assert.ok(a !== undefined && b !== undefined, 'the report names both anchors');
  return { a: a.certificate.fingerprint, b: b.certificate.fingerprint };
}

function beginOf(bench: Bench): NonNullable<Bench['before']> {
  if (bench.before === undefined) throw new Error('the scenario did not mark its beginning');
  return bench.before;
}

/**
 * The documented objects in the documented places, B alone, A's key and all of ours gone, no failure.
 * @param intermediate what signs for B, where the key of B is never in the cluster
 */
export async function assertRotated(
  bench: Bench,
  report: RotationReport,
  intermediate?: CertificateFacts,
): Promise<void> {
  await assertMeshIsUnderB(bench, report, intermediate);
  assertNoFailedHandshake(bench.mesh.traffic, beginOf(bench).traffic);
}

/** Like `assertRotated`, for a scenario in which handshakes had failed before the rotation. */
export async function assertMeshIsUnderB(
  bench: Bench,
  report: RotationReport,
  intermediate?: CertificateFacts,
): Promise<void> {
  const { sights } = beginOf(bench);
  const { b } = anchorsOf(report);
  const signer = intermediate ?? report.anchors?.b?.certificate;
  const now = await lookAtCluster(bench.kube);
  assert.deepEqual(now.trustAnchor, [signer?.fingerprint]);
  assert.deepEqual(now.previousAnchor, [signer?.fingerprint]);
  assert.deepEqual(now.bundle, [b]);
  const behind = intermediate === undefined ? [] : [intermediate.fingerprint];
  assert.deepEqual(now.issuer.slice(1), behind, 'what stands behind the issuer in its Secret');
  assert.equal(now.issuerSignedBy, signer?.subjectKeyId);
  assert.equal(now.signerSecret, 'linkerd-trust-anchor');
  assert.deepEqual(now.otherObjects, sights.otherObjects, 'objects were left behind or are gone');
  assert.deepEqual(now.anchorSettings, sights.anchorSettings, 'settings were not restored');
  assert.equal(now.leaseHolder, undefined);
  const left = await placesOfKey(bench.kube, report.anchors?.a.certificate);
  assert.deepEqual(left, [], 'the private key of A is still there');
  await assertFleet(bench, 'holds B alone', ({ anchors }) => anchors.join() === b);
}

/** A safe stop: both anchors, everything under A, the pin and the freeze kept, no failure. */
export async function assertHeld(bench: Bench, report: RotationReport): Promise<void> {
  const { a, b } = anchorsOf(report);
  const now = await lookAtCluster(bench.kube);
  assert.deepEqual(now.trustAnchor, [b]);
  assert.deepEqual(now.previousAnchor, [a]);
  assert.deepEqual(now.bundle, [a, b].toSorted());
  assert.equal(now.issuer.length, 1);
  assert.equal(now.issuerSignedBy, report.anchors?.a.certificate.subjectKeyId);
  assert.equal(now.signerSecret, 'linkerd-previous-anchor');
  assert.deepEqual(now.otherObjects, beginOf(bench).sights.otherObjects);
  assert.equal(now.leaseHolder, undefined);
  const [issuer] = now.issuer;
  await assertFleet(
    bench,
    'presents a leaf of the issuer under A',
    ({ chain }) => chain.slice(1).join() === issuer,
  );
  // An abort may come within a second of the beginning.
  assertNoFailedHandshake(bench.mesh.traffic, beginOf(bench).traffic, 0);
}

/** Everything is what it was. */
export async function assertUntouched(bench: Bench): Promise<void> {
  const { sights, traffic } = beginOf(bench);
  assert.deepEqual(await lookAtCluster(bench.kube), sights);
  assert.equal(bench.mesh.traffic.snapshot().failed, traffic.failed);
}

type LiveProxy = ReturnType<Bench['mesh']['proxies']>[number];

async function assertFleet(
  { mesh }: Bench,
  what: string,
  is: (proxy: LiveProxy) => boolean,
): Promise<void> {
  const others = (): LiveProxy[] => mesh.proxies().filter((proxy) => !is(proxy));
  try {
    await waitFor(() => others().length === 0, {
      what: `every proxy being one that ${what}`,
      timeoutMs: settleTimeoutMs,
    });
  } catch (error) {
    throw new Error(`${String(error)}: ${JSON.stringify(others(), null, 1)}`, { cause: error });
  }
}
