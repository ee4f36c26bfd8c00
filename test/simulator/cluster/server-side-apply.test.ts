import assert from 'node:assert/strict';
import { V1ConfigMap } from '@kubernetes/client-node';
import { DEPLOYMENTS } from '../../../simulator/cluster/resources.ts';
import { APPLY, make, refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

const namespace = 'default';

function configMap(name: string, data: Record<string, string> = {}): V1ConfigMap {
  return make(V1ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

describe('the simulated Kubernetes API: server-side apply', () => {
  let fixture: ClusterFixture;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.stop());

  function apply(name: string, fieldManager: string, data: Record<string, string>, force = false) {
    const body = configMap(name, data);
    return fixture.core.patchNamespacedConfigMap(
      { namespace, name, body, fieldManager, force },
      APPLY,
    );
  }

  it('creates, shares and drops fields by their owners', async () => {
    await apply('shared', 'one', { a: '1', b: '1' });
    await apply('shared', 'two', { b: '1', c: '2' });

    const result = await apply('shared', 'one', {});

    assert.deepEqual(result.data, { b: '1', c: '2' });
  });

  it('refuses to take a field from another manager unless forced', async () => {
    await apply('contested', 'one', { a: '1' });

    await assert.rejects(apply('contested', 'two', { a: '2' }), refusal(409, 'Conflict'));

    const forced = await apply('contested', 'two', { a: '2' }, true);
    assert.deepEqual(forced.data, { a: '2' });
    assert.deepEqual(
      forced.metadata?.managedFields?.map(({ manager }) => manager),
      ['two'],
    );
  });

  it('merges conditions by type', async () => {
    const { store, api } = fixture.cluster;
    const spec = {
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: {} },
      replicas: 0,
    };
    await api.create(
      DEPLOYMENTS,
      { metadata: { name: 'web', namespace }, spec },
      { manager: 'tester' },
    );
    const applyStatus = (manager: string, type: string) =>
      api.apply(
        DEPLOYMENTS,
        {
          metadata: { name: 'web', namespace },
          status: { conditions: [{ type, status: 'True' }] },
        },
        { manager, subresource: 'status', force: true },
      );
    await applyStatus('one', 'First');
    await applyStatus('two', 'Second');

    const conditions = store.get(DEPLOYMENTS, { namespace, name: 'web' })?.status?.conditions ?? [];
    const types = conditions.map(({ type }) => type);
    assert.ok(types.includes('First') && types.includes('Second'));
  });
});
