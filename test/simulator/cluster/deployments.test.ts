import assert from 'node:assert/strict';
import { V1Deployment } from '@kubernetes/client-node';
import { KubeError } from '../../../simulator/cluster/kube-error.ts';
import { DEPLOYMENTS, EVENTS, REPLICA_SETS } from '../../../simulator/cluster/resources.ts';
import { waitFor } from '../../support/wait-for.ts';
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

describe('the simulated Deployment controller', () => {
  let fixture: WorkloadFixture;

  beforeEach(async () => {
    fixture = await startWorkloadFixture();
  });
  afterEach(() => fixture.stop());

  async function create(name: string, spec: object): Promise<void> {
    await fixture.apps.createNamespacedDeployment({
      namespace,
      body: make(V1Deployment, workload(name, spec)),
    });
    await fixture.until(
      'all replicas',
      () => fixture.pods(name).filter(isServing).length > 0 && fixture.pods(name).every(isServing),
    );
  }
  async function untilRolledOut(name: string, replicas: number): Promise<void> {
    await fixture.until('the rollout', () => {
      const live = fixture.pods(name);
      return live.length === replicas && live.every(isServing) && live.every(isRestarted);
    });
    const { store } = fixture.cluster;
    await fixture.until(
      'the old ReplicaSet to be empty',
      () =>
        store.list(REPLICA_SETS, namespace).filter(({ spec }) => spec.replicas !== 0).length === 1,
    );
  }

  it('runs pods on nodes in turn, through a ReplicaSet with the template hash', async () => {
    await create('web', { replicas: 3 });

    const [set] = fixture.cluster.store.list(REPLICA_SETS, namespace);
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    assert.equal(set?.metadata.name, `web-${hash}`);
    for (const pod of fixture.pods('web')) {
      assert.match(pod.metadata.name, new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
      assert.equal(pod.metadata.ownerReferences?.[0]?.kind, 'ReplicaSet');
    }
    assert.equal(new Set(fixture.pods('web').map(({ spec }) => spec.nodeName)).size, 3);
  });

  it('writes nothing once a Deployment has settled', async () => {
    await create('web', { replicas: 2 });
    const { store } = fixture.cluster;
    const revisions: (string | undefined)[] = [];
    const looks = 20;

    await waitFor(
      () => {
        const found = store.get(DEPLOYMENTS, { namespace, name: 'web' });
        revisions.push(found?.metadata.resourceVersion);
        return revisions.length > looks && new Set(revisions.slice(-looks)).size === 1;
      },
      { what: 'many looks at one revision', intervalMs: 20 },
    );
  });

  it('rolls over to a new template within maxSurge and maxUnavailable', async () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: '25%' };
    await create('web', { replicas: 4, strategy: { rollingUpdate } });
    const limits = fixture.watchLimits('web');

    await fixture.apps.patchNamespacedDeployment(
      { namespace, name: 'web', body: RESTART },
      STRATEGIC,
    );
    await untilRolledOut('web', 4);

    assert.deepEqual([limits.fewestServing >= 3, limits.mostPods <= 5], [true, true]);
    const { api } = fixture.cluster;
    await fixture.until('the status', () =>
      JSON.stringify(api.get(DEPLOYMENTS, { namespace, name: 'web' }).status).includes(
        'NewReplicaSetAvailable',
      ),
    );
    const { status, metadata } = await fixture.apps.readNamespacedDeployment({
      namespace,
      name: 'web',
    });
    assert.partialDeepStrictEqual(status, {
      observedGeneration: metadata?.generation,
      updatedReplicas: 4,
      availableReplicas: 4,
    });
    assert.deepEqual(status?.conditions?.map(({ type, reason }) => [type, reason]).sort(), [
      ['Available', 'MinimumReplicasAvailable'],
      ['Progressing', 'NewReplicaSetAvailable'],
    ]);
    assert.equal(metadata?.annotations?.['deployment.kubernetes.io/revision'], '2');
  });

  it('stops where new pods do not become Ready, and reports the missed deadline', async () => {
    await create('web', {
      replicas: 2,
      progressDeadlineSeconds: 1,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    const old = fixture.pods('web').map(({ metadata }) => metadata.name);
    fixture.kubelet.holdBack = (name) => !old.includes(name);

    await fixture.apps.patchNamespacedDeployment(
      { namespace, name: 'web', body: RESTART },
      STRATEGIC,
    );
    await fixture.until('the deadline', () =>
      JSON.stringify(fixture.cluster.api.store.list(DEPLOYMENTS)).includes(
        'ProgressDeadlineExceeded',
      ),
    );

    assert.deepEqual(
      fixture
        .pods('web')
        .filter(isServing)
        .map(({ metadata }) => metadata.name)
        .sort(),
      old.sort(),
    );
    assert.equal(fixture.pods('web').length, 3);
  });

  it('starts no rollout while paused, but follows the replica count', async () => {
    await create('web', { replicas: 1 });
    const body = { spec: { ...RESTART.spec, paused: true, replicas: 2 } };
    await fixture.apps.patchNamespacedDeployment({ namespace, name: 'web', body }, STRATEGIC);
    await fixture.until('two pods', () => fixture.pods('web').filter(isServing).length === 2);
    assert.equal(fixture.pods('web').some(isRestarted), false);

    await fixture.apps.patchNamespacedDeployment(
      { namespace, name: 'web', body: { spec: { paused: false } } },
      STRATEGIC,
    );

    await untilRolledOut('web', 2);
  });

  it('takes its ReplicaSets and pods with it', async () => {
    await create('web', { replicas: 2 });

    await fixture.apps.deleteNamespacedDeployment({ namespace, name: 'web' });

    await fixture.until('all pods to go', () => fixture.pods('web').length === 0);
    assert.deepEqual(fixture.cluster.store.list(REPLICA_SETS, namespace), []);
  });

  it('tells of a pod that admission refuses and goes on trying', async () => {
    const { api } = fixture.cluster;
    const admit = api.admission;
    api.admission = () => Promise.reject(new KubeError(403, 'Forbidden', { message: 'not today' }));
    await fixture.apps.createNamespacedDeployment({
      namespace,
      body: make(V1Deployment, workload('web', { replicas: 1 })),
    });
    await fixture.until('the event', () =>
      api.store.list(EVENTS).some((event) => event['reason'] === 'FailedCreate'),
    );

    api.admission = admit;

    await fixture.until('the pod', () => fixture.pods('web').filter(isServing).length === 1);
  });
});
