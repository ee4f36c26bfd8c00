import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { measureClockLag } from '../../../mesh/observation/node-clocks.ts';
import { gatewaysAmong, listOutsiders } from '../../../mesh/observation/outsiders.ts';
import type { ProxyContainer } from '../../../mesh/observation/proxies.ts';
import { listEnvironmentAnchors, listProxies } from '../../../mesh/observation/proxies.ts';
import { parseCertificate } from '../../../mesh/x509.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { denyEverything, startApiFake, statusReply } from '../../fakes/api-fake.ts';
import type { TestPki } from './test-pki.ts';
import { makeTestPki } from './test-pki.ts';
import { patienceMs } from '../../support/patience.ts';

describe('the list of live proxies', () => {
  let api: ApiFake;
  let kube: Kube;
  let pki: TestPki;

  before(async () => {
    api = await startApiFake();
    const { kubeConfigYaml } = api;
    kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
    pki = await makeTestPki();
  });
  after(async () => {
    await kube.close();
    await api.stop();
  });

  it('finds native sidecars and ordinary containers of every pod that has not ended', async () => {
    const pods = [
      pod({ name: 'sidecar' }),
      pod({ name: 'ordinary', native: false }),
      pod({ name: 'pending', phase: 'Pending', running: false }),
      pod({ name: 'terminating', deleted: true }),
      pod({ name: 'succeeded', phase: 'Succeeded' }),
      pod({ name: 'failed', phase: 'Failed' }),
      pod({ name: 'unmeshed', proxy: false }),
    ];
    const proxies = await listed(pods);
    assert.deepEqual(
      proxies.map(({ pod: name, lifecycle }) => [name, lifecycle]),
      [
        ['sidecar', 'running'],
        ['ordinary', 'running'],
        ['pending', 'pending'],
        ['terminating', 'terminating'],
      ],
    );
    assert.deepEqual(
      proxies.map(({ process }) => process !== undefined),
      [true, true, false, true],
    );
    const selector = api.requests.at(-1)?.query.get('labelSelector');
    assert.equal(selector, 'linkerd.io/control-plane-ns=linkerd');
  });

  it('reads identity, admin port, anchors, marker and role from the pod', async () => {
    const [proxy] = await listed([
      pod({
        name: 'web-1',
        adminPort: 5191,
        annotations: { 'trust.linkerd.io/rotation': 'a-b/both.2' },
        labels: { 'linkerd.io/control-plane-component': 'destination' },
        anchors: [`${pki.A.pem}\n`, `${pki.A.pem}\n${pki.B.pem}\n`],
      }),
    ]);
    assert.equal(proxy?.identity, 'web.shop.serviceaccount.identity.linkerd.cluster.local');
    assert.equal(proxy.adminPort, 5191);
    assert.equal(proxy.restartMarker, 'a-b/both.2');
    assert.equal(proxy.role, 'control-plane');
    assert.equal(proxy.process, 'uid-web-1/containerd://web-1');
    // The last entry of a name wins.
    const expected = await Promise.all([pki.A, pki.B].map(({ pem }) => parseCertificate(pem)));
    assert.deepEqual(proxy.environment, expected.map(({ fingerprint }) => fingerprint).toSorted());
  });

  it('does not know anchors that come from a ConfigMap', async () => {
    const [proxy] = await listed([pod({ name: 'identity', anchors: 'from a ConfigMap' })]);
    assert.ok(proxy !== undefined);
    assert.equal(proxy.environment, undefined);
  });

  it('names the owner by label, through a ReplicaSet, or the bare pod', async () => {
    const owners = [
      pod({ name: 'one', labels: { 'linkerd.io/proxy-statefulset': 'db' } }),
      pod({ name: 'two', owner: { kind: 'ReplicaSet', name: 'roll-7d' } }),
      pod({ name: 'three', owner: { kind: 'Job', name: 'nightly' } }),
      pod({ name: 'four' }),
    ];
    const replicaSets = [
      {
        metadata: {
          name: 'roll-7d',
          namespace: 'shop',
          ownerReferences: [{ kind: 'Rollout', name: 'roll', controller: true }],
        },
      },
    ];
    const proxies = await listed(owners, replicaSets);
    assert.deepEqual(
      proxies.map(({ workload }) => `${workload.kind} ${workload.name}`),
      ['StatefulSet db', 'Rollout roll', 'Job nightly', 'Pod four'],
    );
  });

  it('collects the texts of anchors in environments, each once', async () => {
    const text = `${pki.A.pem}\n`;
    answerPods([pod({ name: 'one', anchors: [text] }), pod({ name: 'two', anchors: [text] })], []);
    assert.deepEqual(await listEnvironmentAnchors(kube, documentedObjects), [text]);
  });

  it('finds members outside the cluster in whatever version is served', async () => {
    api.script(({ path }) => {
      if (path.includes('/multicluster.linkerd.io/v1alpha1/')) {
        return { status: 200, body: { items: [{ metadata: { name: 'west', namespace: 'mc' } }] } };
      }
      return statusReply(404, 'NotFound');
    });
    assert.deepEqual(await listOutsiders(kube), [{ kind: 'Link', namespace: 'mc', name: 'west' }]);
    api.script(denyEverything);
    await assert.rejects(listOutsiders(kube), { name: 'ForbiddenError' });
  });

  it('takes each gateway for other clusters for such a member, by what its proxies are told', async () => {
    const env = [{ name: 'LINKERD2_PROXY_INBOUND_GATEWAY_SUFFIXES', value: 'svc.cluster.local.' }];
    const labels = { 'linkerd.io/proxy-deployment': 'linkerd-gateway' };
    const proxies = await listed([
      pod({ name: 'gateway-1', labels, env }),
      pod({ name: 'gateway-2', labels, env }),
      pod({ name: 'web-1' }),
    ]);
    assert.deepEqual(gatewaysAmong(proxies), [
      { kind: 'Gateway', namespace: 'shop', name: 'linkerd-gateway' },
    ]);
  });

  it('measures how far node clocks lie behind by their own heartbeats', async () => {
    const lease = (renewTime: string, time?: string): object => ({
      metadata: { name: 'node', managedFields: time === undefined ? [] : [{ time }] },
      spec: { renewTime },
    });
    api.script(() => ({
      status: 200,
      body: {
        items: [
          lease('2026-11-22T10:00:00.200000Z', '2026-11-22T10:00:00Z'),
          lease('2026-11-22T10:00:00.000000Z', '2026-11-22T10:00:07Z'),
          lease('2026-11-22T09:00:00.000000Z'),
        ],
      },
    }));
    assert.equal(await measureClockLag(kube), 7_000);
    api.script(() => ({ status: 200, body: { items: [] } }));
    assert.equal(await measureClockLag(kube), 0);
    api.script(denyEverything);
    assert.equal(await measureClockLag(kube), 0);
  });

  function answerPods(pods: readonly object[], replicaSets: readonly object[]): void {
    api.script(({ path }) => ({
      status: 200,
      body: { items: path.endsWith('/pods') ? pods : replicaSets },
    }));
  }

  function listed(
    pods: readonly object[],
    replicaSets: readonly object[] = [],
  ): Promise<ProxyContainer[]> {
    answerPods(pods, replicaSets);
    return listProxies(kube, documentedObjects);
  }
});

interface PodOptions {
  readonly name: string;
  readonly phase?: string;
  readonly running?: boolean;
  readonly native?: boolean;
  readonly proxy?: boolean;
  readonly deleted?: boolean;
  readonly adminPort?: number;
  readonly anchors?: readonly string[] | 'from a ConfigMap';
  /** Of the proxy, beside its identity and its anchors. */
  readonly env?: readonly object[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
}

/** A pod as Linkerd's injector makes it, as far as it is looked at. */
function pod(options: PodOptions): object {
  const { name, phase = 'Running', running = true, native = true, adminPort = 4191 } = options;
  const { anchors, env } = options;
  const proxies = options.proxy === false ? [] : [proxyContainer(adminPort, anchors, env)];
  const app = { name: 'app' };
  const state = running ? { running: { startedAt: '2026-11-22T10:00:00Z' } } : { waiting: {} };
  const statuses = [{ name: 'linkerd-proxy', containerID: `containerd://${name}`, state }];
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      labels: options.labels,
      annotations: options.annotations,
      ...(options.deleted === true ? { deletionTimestamp: '2026-11-22T10:05:00Z' } : {}),
      ownerReferences: options.owner === undefined ? [] : [{ ...options.owner, controller: true }],
    },
    spec: {
      serviceAccountName: 'web',
      containers: native ? [app] : [app, ...proxies],
      initContainers: native ? [{ name: 'linkerd-init' }, ...proxies] : [],
    },
    status: {
      phase,
      podIP: '10.1.2.3',
      ...(native ? { initContainerStatuses: statuses } : { containerStatuses: statuses }),
    },
  };
}

function proxyContainer(
  port: number,
  anchors: PodOptions['anchors'] = [],
  more: PodOptions['env'] = [],
): object {
  const name = 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS';
  const entries =
    typeof anchors === 'string'
      ? [{ name, valueFrom: { configMapKeyRef: { name: 'linkerd-identity-trust-roots' } } }]
      : anchors.map((value) => ({ name, value }));
  return {
    name: 'linkerd-proxy',
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143 },
      { name: 'linkerd-admin', containerPort: port },
    ],
    env: [
      { name: '_pod_ns', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: '_pod_sa', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
      {
        name: 'LINKERD2_PROXY_IDENTITY_LOCAL_NAME',
        value: '$(_pod_sa).$(_pod_ns).serviceaccount.identity.linkerd.cluster.local',
      },
      ...entries,
      ...more,
    ],
  };
}
