import assert from 'node:assert/strict';
import { V1DaemonSet, V1StatefulSet } from '@kubernetes/client-node';
import { DAEMON_SETS, PODS } from '../../../simulator/cluster/resources.ts';
import { STRATEGIC, make } from './cluster-fixture.ts';
import {
  RESTART,
  isRestarted,
  isServing,
  namespace,
  startWorkloadFixture,
  workload,
} from './workload-fixture.ts';
import type { WorkloadFixture } from './workload-fixture.ts';

describe('the simulated StatefulSet and DaemonSet controllers', () => {
  let fixture: WorkloadFixture;

  beforeEach(async () => {
    fixture = await startWorkloadFixture();
  });
  afterEach(() => fixture.stop());

  describe('StatefulSet', () => {
    const patch = (body: object) =>
      fixture.apps.patchNamespacedStatefulSet({ namespace, name: 'db', body }, STRATEGIC);

    async function create(spec: object): Promise<void> {
      await fixture.apps.createNamespacedStatefulSet({
        namespace,
        body: make(V1StatefulSet, workload('db', { serviceName: 'db', ...spec })),
      });
      await fixture.until('three pods', () => fixture.pods('db').filter(isServing).length === 3);
    }

    it('creates its pods one after the other and rolls them from the highest ordinal', async () => {
      const order: string[] = [];
      fixture.cluster.store.subscribe(({ type, resource, object }) => {
        if (resource === PODS && type === 'ADDED') order.push(object.metadata.name);
      });
      await create({ replicas: 3 });

      await patch(RESTART);
      await fixture.until(
        'the rollout',
        () => fixture.pods('db').filter(isServing).filter(isRestarted).length === 3,
      );

      assert.deepEqual(order, ['db-0', 'db-1', 'db-2', 'db-2', 'db-1', 'db-0']);
      const read = () => fixture.apps.readNamespacedStatefulSet({ namespace, name: 'db' });
      const { status } = await read();
      assert.equal(
        status?.updateRevision,
        fixture.pods('db')[0]?.metadata.labels?.['controller-revision-hash'],
      );
    });

    it('leaves ordinals below the partition on the old template, even when they are recreated', async () => {
      await create({ replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } });
      await patch(RESTART);
      await fixture.until(
        'db-2',
        () => fixture.pods('db').filter(isRestarted).filter(isServing).length === 1,
      );

      const before = fixture.pods('db').find(({ metadata }) => metadata.name === 'db-0')
        ?.metadata.uid;
      await fixture.core.deleteNamespacedPod({ namespace, name: 'db-0' });
      await fixture.until('db-0', () => {
        const pod = fixture.pods('db').find(({ metadata }) => metadata.name === 'db-0');
        return pod !== undefined && pod.metadata.uid !== before && isServing(pod);
      });

      assert.deepEqual(fixture.pods('db').map(isRestarted), [false, false, true]);
    });

    it('changes only what is deleted under OnDelete', async () => {
      await create({ replicas: 3, updateStrategy: { type: 'OnDelete' } });
      await patch(RESTART);
      await fixture.core.deleteNamespacedPod({ namespace, name: 'db-1' });

      await fixture.until(
        'db-1',
        () => fixture.pods('db').filter(isServing).filter(isRestarted).length === 1,
      );
      assert.deepEqual(fixture.pods('db').map(isRestarted), [false, true, false]);
    });
  });

  describe('DaemonSet', () => {
    async function create(spec: object): Promise<void> {
      await fixture.apps.createNamespacedDaemonSet({
        namespace,
        body: make(V1DaemonSet, workload('agent', spec)),
      });
      await fixture.until(
        'a pod a node',
        () => fixture.pods('agent').filter(isServing).length === 3,
      );
    }
    const patch = (body: object) =>
      fixture.apps.patchNamespacedDaemonSet({ namespace, name: 'agent', body }, STRATEGIC);

    it('runs one pod a node and replaces them one by one', async () => {
      await create({});
      const limits = fixture.watchLimits('agent');

      await patch(RESTART);
      await fixture.until(
        'the rollout',
        () => fixture.pods('agent').filter(isServing).filter(isRestarted).length === 3,
      );

      assert.deepEqual(limits, { fewestServing: 2, mostPods: 3 });
      assert.deepEqual(
        fixture
          .pods('agent')
          .map(({ spec }) => spec.nodeName)
          .sort(),
        ['node-1', 'node-2', 'node-3'],
      );
    });

    it('reports its numbers, and replaces nothing by itself under OnDelete', async () => {
      await create({ updateStrategy: { type: 'OnDelete' } });
      await patch(RESTART);
      const [first] = fixture.pods('agent');
      await fixture.core.deleteNamespacedPod({ namespace, name: first?.metadata.name ?? '' });
      await fixture.until(
        'one new pod',
        () => fixture.pods('agent').filter(isServing).filter(isRestarted).length === 1,
      );

      const isReported = () =>
        JSON.stringify(fixture.cluster.store.list(DAEMON_SETS)).includes(
          '"updatedNumberScheduled":1',
        );
      await fixture.until('the status', isReported);
      const { status } = await fixture.apps.readNamespacedDaemonSet({ namespace, name: 'agent' });
      assert.partialDeepStrictEqual(status, { desiredNumberScheduled: 3, observedGeneration: 2 });
    });
  });
});
