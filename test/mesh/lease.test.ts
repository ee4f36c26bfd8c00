import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { acquireLease, readLease, releaseLease } from '../../mesh/lease.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import { patienceMs } from '../support/patience.ts';

const lease = { type: resources.leases, namespace: objects.linkerdNamespace, name: objects.lease };
const minute = 60_000;

describe('the Lease that keeps a second engine out', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;

  beforeEach(async () => {
    cluster = await startCluster();
    kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
    await kube.create({ type: resources.namespaces, name: objects.linkerdNamespace }, {});
  });

  afterEach(async () => {
    await kube.close();
    await cluster.stop();
  });

  it('is taken by the first and refused to the second', async () => {
    const first = await acquireLease(kube, objects, { holder: 'one', durationMs: minute });
    const second = await acquireLease(kube, objects, { holder: 'two', durationMs: minute });

    assert.ok(first.acquired);
    assert.ok(!second.acquired);
    assert.equal(second.holder, 'one');
    assert.deepEqual(await readLease(kube, objects), {
      holder: 'one',
      expiresAt: second.expiresAt,
    });
  });

  it('is renewed by its holder', async () => {
    const first = await acquireLease(kube, objects, { holder: 'one', durationMs: minute });
    const again = await acquireLease(kube, objects, { holder: 'one', durationMs: 2 * minute });

    assert.ok(first.acquired && again.acquired);
    assert.ok(Date.parse(again.expiresAt) - Date.parse(first.expiresAt) >= minute - 1_000);
  });

  it('is taken over when it has expired', async () => {
    const past = new Date(Date.now() - 2 * minute).toISOString().replace('Z', '000Z');
    await kube.create(lease, {
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 60, renewTime: past },
    });

    const taken = await acquireLease(kube, objects, { holder: 'two', durationMs: minute });

    assert.equal(taken.acquired, true);
    assert.equal((await readLease(kube, objects))?.holder, 'two');
  });

  it('binds nobody when it never was renewed', async () => {
    await kube.create(lease, { spec: { holderIdentity: 'odd' } });

    const taken = await acquireLease(kube, objects, { holder: 'two', durationMs: minute });

    assert.equal(taken.acquired, true);
  });

  it('is given up by its holder only', async () => {
    await acquireLease(kube, objects, { holder: 'one', durationMs: minute });

    assert.deepEqual(await releaseLease(kube, objects, 'two'), { released: false });
    assert.deepEqual(await releaseLease(kube, objects, 'one'), { released: true });
    assert.equal(await readLease(kube, objects), undefined);
    assert.ok((await acquireLease(kube, objects, { holder: 'two', durationMs: minute })).acquired);
  });

  it('goes to one of two that try at once', async () => {
    const results = await Promise.all(
      ['one', 'two', 'three'].map((holder) =>
        acquireLease(kube, objects, { holder, durationMs: minute }),
      ),
    );

    assert.equal(results.filter(({ acquired }) => acquired).length, 1);
  });
});
