import assert from 'node:assert/strict';
import { V1ConfigMap, V1DeleteOptions, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { CONFIG_MAPS, PODS } from '../../../simulator/cluster/resources.ts';
import { make, refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

const namespace = 'default';

function configMap(name: string, data: Record<string, string> = {}): V1ConfigMap {
  return make(V1ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

describe('the simulated Kubernetes API: deletion', () => {
  let fixture: ClusterFixture;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.stop());

  it('deletes only under the given UID', async () => {
    await fixture.core.createNamespacedConfigMap({ namespace, body: configMap('mine') });
    const body = make(V1DeleteOptions, { preconditions: { uid: 'another' } });

    const refused = fixture.core.deleteNamespacedConfigMap({ namespace, name: 'mine', body });

    await assert.rejects(refused, refusal(409, 'Conflict'));
    const done = await fixture.core.deleteNamespacedConfigMap({ namespace, name: 'mine' });
    assert.equal(done.status, 'Success');
  });

  it('marks a bound pod on deletion and removes it when its kubelet says so', async () => {
    const spec = {
      nodeName: 'node',
      terminationGracePeriodSeconds: 60,
      containers: [{ name: 'app' }],
    };
    await fixture.core.createNamespacedPod({
      namespace,
      body: make(V1Pod, { metadata: { name: 'bound' }, spec }),
    });

    const marked = await fixture.core.deleteNamespacedPod({ namespace, name: 'bound' });
    assert.equal(marked.metadata?.deletionGracePeriodSeconds, 60);
    assert.ok((marked.metadata.deletionTimestamp?.getTime() ?? 0) > Date.now());

    await fixture.core.deleteNamespacedPod({ namespace, name: 'bound', gracePeriodSeconds: 0 });
    assert.equal(fixture.cluster.store.get(PODS, { namespace, name: 'bound' }), undefined);
  });

  it('collects dependents of a deleted owner', async () => {
    const { core, cluster } = fixture;
    const owner = await core.createNamespacedConfigMap({ namespace, body: configMap('owner') });
    const uid = owner.metadata?.uid ?? '';
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid };
    const metadata = { name: 'child', ownerReferences: [reference] };
    await core.createNamespacedConfigMap({ namespace, body: make(V1ConfigMap, { metadata }) });

    await core.deleteNamespacedConfigMap({ namespace, name: 'owner' });

    const child = { namespace, name: 'child' };
    await fixture.until('collection', () => !cluster.store.get(CONFIG_MAPS, child));
  });

  it('empties a deleted namespace and then removes it', async () => {
    await fixture.core.createNamespace({
      body: make(V1Namespace, { metadata: { name: 'doomed' } }),
    });
    await fixture.core.createNamespacedConfigMap({ namespace: 'doomed', body: configMap('a') });
    await fixture.core.deleteNamespace({ name: 'doomed' });

    await fixture.until(
      'the namespace to go',
      () => !fixture.cluster.store.list(CONFIG_MAPS, 'doomed').length,
    );
    await assert.rejects(fixture.core.readNamespace({ name: 'doomed' }), refusal(404, 'NotFound'));
  });
});
