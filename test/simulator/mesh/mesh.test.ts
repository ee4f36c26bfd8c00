import assert from 'node:assert/strict';

import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { awaitWorkloads } from '../../../simulator/mesh/await-workloads.ts';
import { installApps } from '../../../simulator/mesh/install-apps.ts';
import { installLinkerd } from '../../../simulator/mesh/install-linkerd.ts';
import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { connectKubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import type { ProxyInfo, SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';
import { startMesh } from '../../../simulator/mesh/start-mesh.ts';
import { waitFor } from '../../support/wait-for.ts';
import { patienceMs } from '../../support/patience.ts';

const rolloutMs = patienceMs;

describe('the simulated mesh on the simulated cluster', () => {
  let cluster: SimulatedCluster;
  let mesh: SimulatedMesh;
  let api: KubeApi;
  let kubeConfigYaml: string;

  before(async () => {
    cluster = await startCluster();
    kubeConfigYaml = cluster.kubeConfigYaml();
    await installTrustPki(kubeConfigYaml);
    api = await connectKubeApi(kubeConfigYaml);
    mesh = await startMesh({
      kubeConfigYaml,
      kubeletSyncMs: 200,
      drainMs: 300,
      minRefreshMs: 300,
      trafficPerSecond: 80,
    });
    await installLinkerd({ kubeConfigYaml, webhookUrl: mesh.injectorUrl });
    await installApps(kubeConfigYaml, [
      { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 3 },
      { kind: 'StatefulSet', namespace: 'shop', name: 'db', replicas: 2 },
      { kind: 'DaemonSet', namespace: 'shop', name: 'agent' },
    ]);
    await awaitWorkloads(kubeConfigYaml, rolloutMs);
  });
  after(async () => {
    await mesh.stop();
    await api.close();
    await cluster.stop();
  });

  function proxiesOf(prefix: string): ProxyInfo[] {
    return mesh.proxies().filter(({ pod, serving }) => serving && pod.startsWith(prefix));
  }

  async function restart(path: string): Promise<void> {
    await api.mergePatch(path, {
      spec: {
        template: {
          metadata: {
            annotations: { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() },
          },
        },
      },
    });
    await awaitWorkloads(kubeConfigYaml, rolloutMs);
  }

  it('has a ready proxy in every pod of the control plane and the applications', () => {
    assert.equal(proxiesOf('linkerd/').length, 6);
    assert.equal(proxiesOf('shop/').length, 8);
    assert.equal(new Set(mesh.proxies().map(({ state }) => state)).size, 1);
  });

  it('carries traffic without a failure, also while workloads are restarted', async () => {
    mesh.traffic.setPhase('quiet');
    mesh.traffic.start();
    await waitFor(() => mesh.traffic.snapshot().tried >= 200, { what: '200 handshakes' });
    mesh.traffic.setPhase('restart');
    const triedMeanwhile = (): number => mesh.traffic.snapshot().phases['restart']?.tried ?? 0;
    await restart('/apis/apps/v1/namespaces/linkerd/deployments/linkerd-identity');
    // On a busy machine a rollout may be over before much traffic has flowed.
    do {
      await restart('/apis/apps/v1/namespaces/shop/deployments/web');
    } while (triedMeanwhile() <= 50);
    await mesh.traffic.stop();

    const { failed, phases } = mesh.traffic.snapshot();
    assert.equal(failed, 0, JSON.stringify(Object.values(phases).flatMap((p) => p.failures)));
    assert.ok(triedMeanwhile() > 50);
    assert.ok(Object.keys(phases['quiet']?.servers ?? {}).length >= 14);
  });

  it('restarts a crashed container under a new id, with the pod and its address kept', async () => {
    const [web] = proxiesOf('shop/web');
    assert.ok(web !== undefined);

    await mesh.crashContainer(web.pod, 'linkerd-proxy');
    const again = await waitFor(() => proxiesOf(web.pod)[0], {
      what: 'the proxy to be ready again',
    });

    assert.equal(again.podIp, web.podIp);
    assert.notDeepEqual(again.chain, web.chain);
  });

  it('keeps pods unready while told to', async () => {
    const release = mesh.neverReady(({ metadata }) => metadata.name.startsWith('web'));
    await waitFor(() => proxiesOf('shop/web').length === 0, { what: 'web to be unready' });

    release();

    await awaitWorkloads(kubeConfigYaml, rolloutMs);
    assert.equal(proxiesOf('shop/web').length, 3);
  });

  it('lets identity follow a renewed issuer, but for the replica that overlooks it', async () => {
    const [missing, following] = proxiesOf('linkerd/linkerd-identity');
    assert.ok(missing !== undefined && following !== undefined);
    mesh.missNextReload(missing.pod);

    await renew('linkerd', 'linkerd-identity-issuer');

    await waitFor(async () => (await ttlOf(following)) > (await ttlOf(missing)) + 0.5, {
      what: 'the replicas to sign with different issuers',
    });
    const { items } = await api.list('/api/v1/namespaces/linkerd/events');
    assert.ok(items.some((event) => (event as { reason?: string }).reason === 'IssuerUpdated'));
  });

  it('hands out a new bundle to new pods, unless the injector’s mount is stale', async () => {
    const injectors = proxiesOf('linkerd/linkerd-proxy-injector');
    injectors.forEach(({ pod }) => mesh.freezeMount(pod));
    await renew('cert-manager', 'linkerd-trust-anchor');
    await waitFor(async () => (await bundleSize()) === 2, {
      what: 'the bundle to hold two anchors',
    });

    await restart('/apis/apps/v1/namespaces/shop/deployments/web');
    assert.ok(proxiesOf('shop/web').every(({ anchors }) => anchors.length === 1));

    injectors.forEach(({ pod }) => mesh.thawMount(pod));
    await waitFor(
      async () => {
        await restart('/apis/apps/v1/namespaces/shop/deployments/web');
        return proxiesOf('shop/web').every(({ anchors }) => anchors.length === 2);
      },
      { what: 'the injectors to hand out both anchors', timeoutMs: patienceMs },
    );
  });

  /** Asks for a renewal as `cmctl renew` does. */
  async function renew(namespace: string, name: string): Promise<void> {
    const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${name}`;
    const conditions = [
      {
        type: 'Issuing',
        status: 'True',
        reason: 'ManuallyTriggered',
        message: 'renewed by a test',
        lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    ];
    await api.mergePatch(`${path}/status`, { status: { conditions } });
  }

  async function ttlOf({ podIp }: ProxyInfo): Promise<number> {
    const text = await (await fetch(`http://${podIp}:9990/metrics`)).text();
    return Number(/^issuer_cert_ttl_seconds (\S+)$/m.exec(text)?.[1]);
  }

  async function bundleSize(): Promise<number> {
    const bundle = await api.get(
      '/api/v1/namespaces/linkerd/configmaps/linkerd-identity-trust-roots',
    );
    return JSON.stringify(bundle).split('BEGIN CERTIFICATE').length - 1;
  }
});
