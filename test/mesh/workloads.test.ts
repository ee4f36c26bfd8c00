import assert from 'node:assert/strict';
import { z } from 'zod';
import type { WorkloadRef } from '../../domain/survey.ts';
import type { Kube, RawObject } from '../../mesh/kubernetes/kube.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { createOwnerResolver, ownedMetadata } from '../../mesh/workload-owners.ts';
import {
  restartBlocker,
  restartWorkload,
  rolloutStatus,
  rotationAnnotation,
} from '../../mesh/workloads.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { patienceMs } from '../support/patience.ts';

const namespace = 'shop';
const types = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
  DaemonSet: resources.daemonSets,
} as const;
const podObject = z.object({ metadata: ownedMetadata });

describe('workloads', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;

  beforeEach(async () => {
    cluster = await startCluster({ nodes: ['node-1'] });
    kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
    await kube.create({ type: resources.namespaces, name: namespace }, {});
  });

  afterEach(async () => {
    await kube.close();
    await cluster.stop();
  });

  async function make(
    kind: keyof typeof types,
    name: string,
    spec: RawObject = {},
  ): Promise<WorkloadRef> {
    const labels = { app: name };
    await kube.create(
      { type: types[kind], namespace, name },
      {
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } },
          ...spec,
        },
      },
    );
    return { kind, namespace, name };
  }

  async function podOf(name: string): Promise<z.infer<typeof ownedMetadata>> {
    const [pod] = await waitFor(
      async () => {
        const pods = await kube.list(resources.pods, podObject, { labelSelector: `app=${name}` });
        return pods.length > 0 && pods;
      },
      { what: `a pod of ${name}` },
    );
    assert.ok(pod);
    return pod.metadata;
  }

  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'] as const) {
    it(`finds the ${kind} that owns a pod`, async () => {
      const workload = await make(kind, 'web');

      assert.deepEqual(await createOwnerResolver(kube).resolve(await podOf('web')), workload);
    });

    it(`marks a ${kind} for a restart once`, async () => {
      const workload = await make(kind, 'web');

      const first = await restartWorkload(kube, workload, 'r1/both.1');
      const second = await restartWorkload(kube, workload, 'r1/both.1');

      assert.equal(await restartBlocker(kube, workload), undefined);
      assert.deepEqual([first.outcome, second.outcome], ['restarted', 'already-marked']);
      const template = z.object({
        spec: z.object({
          template: z.object({
            metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
            spec: z.object({ containers: z.array(z.unknown()).length(1) }),
          }),
        }),
      });
      const object = await kube.get({ type: types[kind], namespace, name: 'web' }, template);
      const annotations = object?.spec.template.metadata.annotations;
      assert.deepEqual(annotations, { [rotationAnnotation]: 'r1/both.1' });
    });
  }

  it('finds a ReplicaSet that is younger than its list', async () => {
    const resolver = createOwnerResolver(kube);
    await make('Deployment', 'old');
    await resolver.resolve(await podOf('old'));
    const workload = await make('Deployment', 'young');

    assert.deepEqual(await resolver.resolve(await podOf('young')), workload);
  });

  it('names bare pods, bare ReplicaSets, Jobs and owners of other kinds', async () => {
    const resolver = createOwnerResolver(kube);
    const owned = (kind: string, name: string): RawObject => ({
      ownerReferences: [{ kind, name, controller: true }],
    });
    const reference = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      name: 'canary',
      uid: 'u',
    };
    const spec = {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } },
    };
    await kube.create(
      { type: resources.replicaSets, namespace, name: 'canary-1' },
      { metadata: { ownerReferences: [{ ...reference, controller: true }] }, spec },
    );

    const kinds = await Promise.all(
      [{}, owned('Job', 'once'), owned('ReplicaSet', 'gone'), owned('ReplicaSet', 'canary-1')].map(
        (metadata) => resolver.resolve(ownedMetadata.parse({ name: 'p', namespace, ...metadata })),
      ),
    );

    assert.deepEqual(
      kinds.map(({ kind, name }) => `${kind} ${name}`),
      ['Pod p', 'Job once', 'ReplicaSet gone', 'Rollout canary'],
    );
  });

  it('says why a patch would replace no pod', async () => {
    const paused = await make('Deployment', 'paused', { paused: true });
    const onDelete = await make('DaemonSet', 'agent', { updateStrategy: { type: 'OnDelete' } });
    const partitioned = await make('StatefulSet', 'db', {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });

    const reasons = await Promise.all(
      [paused, onDelete, partitioned].map(async (workload) => {
        const result = await restartWorkload(kube, workload, 'm');
        assert.ok(result.outcome === 'blocked');
        assert.equal(await restartBlocker(kube, workload), result.reason);
        return result.reason;
      }),
    );

    assert.match(reasons.join('\n'), /paused.*\n.*OnDelete.*\n.*partitioned at 2/);
  });

  it('says what to do about kinds that cannot be restarted', async () => {
    for (const kind of ['Pod', 'Job', 'ReplicaSet', 'Rollout', 'Unheard']) {
      const workload = { kind, namespace, name: 'x' };

      const result = await restartWorkload(kube, workload, 'm');

      assert.ok(result.outcome === 'blocked' && result.reason.length > 20, kind);
      assert.equal((await rolloutStatus(kube, workload)).phase, 'failed');
      assert.equal(await restartBlocker(kube, workload), result.reason);
    }
  });

  it('lets a workload go that is gone', async () => {
    const workload = { kind: 'Deployment', namespace, name: 'gone' };

    assert.equal((await restartWorkload(kube, workload, 'm')).outcome, 'gone');
    assert.equal((await rolloutStatus(kube, workload)).phase, 'gone');
    assert.equal(await restartBlocker(kube, workload), undefined);
  });

  describe('whose rollout is followed', () => {
    const cases: readonly {
      readonly kind: keyof typeof types;
      readonly status: RawObject;
      readonly detail: RegExp;
      readonly phase: string;
    }[] = [
      {
        kind: 'Deployment',
        status: { updatedReplicas: 1 },
        detail: /1 of 2 replicas updated/,
        phase: 'progressing',
      },
      {
        kind: 'Deployment',
        status: { updatedReplicas: 2, replicas: 3 },
        detail: /1 old replicas/,
        phase: 'progressing',
      },
      {
        kind: 'Deployment',
        status: { updatedReplicas: 2, replicas: 2, availableReplicas: 1 },
        detail: /1 of 2 updated replicas available/,
        phase: 'progressing',
      },
      {
        kind: 'Deployment',
        status: { updatedReplicas: 2, replicas: 2, availableReplicas: 2 },
        detail: /rolled out/,
        phase: 'done',
      },
      {
        kind: 'Deployment',
        status: {
          conditions: [
            { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
          ],
        },
        detail: /progress deadline/,
        phase: 'failed',
      },
      {
        kind: 'StatefulSet',
        status: { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 },
        detail: /1 of 2 replicas updated/,
        phase: 'progressing',
      },
      {
        kind: 'StatefulSet',
        status: { currentRevision: 'b', updateRevision: 'b', readyReplicas: 1 },
        detail: /1 of 2 replicas ready/,
        phase: 'progressing',
      },
      {
        kind: 'StatefulSet',
        status: { currentRevision: 'b', updateRevision: 'b', readyReplicas: 2 },
        detail: /rolled out/,
        phase: 'done',
      },
      {
        kind: 'DaemonSet',
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 1 },
        detail: /1 of 2 pods updated/,
        phase: 'progressing',
      },
      {
        kind: 'DaemonSet',
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
        detail: /1 of 2 pods available/,
        phase: 'progressing',
      },
      {
        kind: 'DaemonSet',
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
        detail: /rolled out/,
        phase: 'done',
      },
      {
        kind: 'Deployment',
        status: { observedGeneration: 1 },
        detail: /has not seen the change/,
        phase: 'progressing',
      },
    ];
    for (const { kind, status, detail, phase } of cases) {
      it(`tells a ${kind} that is ${phase}: ${detail.source}`, async () => {
        // A cluster without its controllers would be enough: what counts is the object alone.
        const object = {
          metadata: { generation: 2 },
          spec: { replicas: 2, template: {} },
          status: { observedGeneration: 2, ...status },
        };
        const still: Kube = { ...kube, get: (_, schema) => Promise.resolve(schema.parse(object)) };

        const seen = await rolloutStatus(still, { kind, namespace, name: 'web' });

        assert.equal(seen.phase, phase);
        assert.match(seen.detail, detail);
      });
    }
  });
});
