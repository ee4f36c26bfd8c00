import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import { takeOverBundle } from '../../mesh/direct-bundle.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import { makeOffClusterAnchor } from '../support/certificates.ts';
import { useBench } from './support/bench.ts';
import { followBundle } from './support/bundle-history.ts';
import { issuerCertificate, renewByHand } from './support/by-hand.ts';
import { lookAtCluster } from './support/cluster-sights.ts';
import { assertRotated } from './support/end-states.ts';
import { assertNoFailedHandshake, markTraffic } from './support/handshakes.ts';
import {
  deleteAnchorCertificate,
  handInOffCluster,
  takeRootsIntoBundle,
} from './support/owners.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { placesOfKey } from './support/places-of-key.ts';

const sources = { anchor: 'imported', bridge: 'certManager' } as const;

describe('rotations to roots whose keys are never in the cluster', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ sources });

  it('overlap from an anchor of cert-manager’s, and from one such root to the next', async () => {
    const first = await makeOffClusterAnchor('root-1.linkerd.cluster.local');
    const signer = await parseCertificate(first.intermediate.pem);
    await deleteAnchorCertificate(bench());
    await bench().mark();
    const run = await bench().rotate({ pace: 'urgent', sources });
    await run.untilBlockedBy('is not in Secret cert-manager/linkerd-next-anchor');
    await handInOffCluster(bench(), first);
    await run.untilBlockedBy('is the intermediate CA CN=intermediate.root-1');
    await takeRootsIntoBundle(bench());

    const report = await run.ends('completed');
    assert.equal(report.method, 'overlap');
    await assertRotated(bench(), report, signer);

    const mark = markTraffic(bench().mesh.traffic);
    const before = await lookAtCluster(bench().kube);
    await renewByHand(bench().kube, issuerCertificate);
    const after = await lookAtCluster(bench().kube);
    assert.notEqual(after.issuer[0], before.issuer[0]);
    assert.deepEqual(after.issuer.slice(1), [signer.fingerprint]);
    assertNoFailedHandshake(bench().mesh.traffic, mark, 0);

    const second = await makeOffClusterAnchor('root-2.linkerd.cluster.local');
    await bench().mark();
    await handInOffCluster(bench(), second);
    const next = await (await bench().rotate({ pace: 'urgent', sources })).ends('completed');
    assert.equal(next.method, 'overlap');
    assert.equal(next.anchors?.a.pem.trim(), first.root.pem.trim());
    assert.equal(next.anchors.b?.pem.trim(), second.root.pem.trim());
    await assertRotated(bench(), next, await parseCertificate(second.intermediate.pem));
    assert.deepEqual(
      await placesOfKey(bench().kube, signer),
      [],
      'of what signed for the old root',
    );
  });
});

describe('a rotation without trust-manager to a root whose key is never in the cluster', function () {
  this.timeout(scenarioTimeoutMs);
  const bundleOwnership = 'direct';
  const objects = { ...documentedObjects, bundleOwnership } as const;
  const bench = useBench({ bundleOwnership, sources });

  it('writes the root into the bundle, and never what signs for it', async () => {
    const { kube } = bench();
    const next = await makeOffClusterAnchor('root.linkerd.cluster.local');
    await deleteAnchorCertificate(bench());
    await takeOverBundle(kube, objects);
    await bench().mark();
    const bundles = followBundle(kube);
    await handInOffCluster(bench(), next);

    const report = await (
      await bench().rotate({ pace: 'urgent', objects, sources })
    ).ends('completed');
    const { a, b } = report.anchors ?? {};
    assert.ok(a !== undefined && b !== undefined);
    assert.equal(report.method, 'overlap');
    assert.equal(b.pem.trim(), next.root.pem.trim());
    await assertRotated(bench(), report, await parseCertificate(next.intermediate.pem));
    const [before, after] = [a.certificate.fingerprint, b.certificate.fingerprint];
    assert.deepEqual(await bundles.end(), [[before], [before, after].toSorted(), [after]]);
  });
});
