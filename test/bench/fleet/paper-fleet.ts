import { z } from 'zod';
import type { ClusterKind, LocalCluster } from '../../../deploy/local/local-cluster.ts';
import { startLocalCluster } from '../../../deploy/local/local-cluster.ts';
import type { LocalMesh } from '../../../deploy/local/local-mesh.ts';
import { startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { connectKubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { startRealCluster } from '../../real-cluster/start-real-cluster.ts';
import { Teardown } from '../../../deploy/local/teardown.ts';
import type { ListenerPair, Listeners } from './listeners.ts';
import { startListeners } from './listeners.ts';
import { makeManyPods } from './many-pods.ts';
import { signLeaf } from './sign-leaf.ts';

/**
 * A mesh whose control plane runs and whose data plane is paper: pod objects that no node runs, and a
 * few processes that answer for all their admin ports.
 */
export interface PaperFleet {
  readonly local: LocalMesh;
  readonly addresses: readonly string[];
  readonly listeners: Listeners;
  /** What every proxy presents at first. */
  readonly pair: ListenerPair;
  /** Makes a pair whose leaf the issuer in the Secret has signed now, for `listeners.present`. */
  addPair(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface PaperFleetOptions {
  readonly cluster: ClusterKind;
  readonly pods: number;
  readonly say: (line: string) => void;
}

/** No certificate ends, and none is renewed by itself, while a fleet is measured. */
const quietPki = {
  anchorDuration: '24h',
  anchorRenewBefore: '1h',
  issuerDuration: '4h',
  issuerRenewBefore: '1h',
};
export const paperLeafLifetimeMs = 60_000;

export async function startPaperFleet(options: PaperFleetOptions): Promise<PaperFleet> {
  const { pods, say } = options;
  const teardown = new Teardown();
  try {
    say(`starting a mesh with ${String(pods)} pods on a ${options.cluster} cluster …`);
    const { cluster, etcdUrl } = await startCluster(options);
    const local = await startLocalMesh(cluster, {
      apps: [],
      controlPlaneReplicas: 2,
      leafLifetimeMs: paperLeafLifetimeMs,
      pki: quietPki,
    });
    teardown.add(() => local.stop());
    const api = await connectKubeApi(local.kubeConfigYaml);
    teardown.add(() => api.close());
    const block = await claimPodAddresses();
    teardown.add(() => block.close());
    const addresses = Array.from({ length: pods }, () => block.take());

    const pair = await readPair(api);
    const listeners = await startListeners(addresses, pair);
    teardown.add(() => listeners.stop());
    const startedMs = performance.now();
    await makeManyPods(api, { addresses, anchorsPem: pair.anchorsPem }, etcdUrl);
    say(`made ${String(pods)} pods in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    return {
      local,
      addresses,
      listeners,
      pair,
      addPair: async (name) => {
        // What a proxy holds is what it was started with.
        const { keyPem, chainPem } = await readPair(api);
        await listeners.addPair(name, { keyPem, chainPem, anchorsPem: pair.anchorsPem });
      },
      stop: () => teardown.run(),
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function startCluster({
  cluster: kind,
  say,
}: PaperFleetOptions): Promise<{ readonly cluster: LocalCluster; readonly etcdUrl?: string }> {
  if (kind === 'simulated') return { cluster: await startLocalCluster(kind, say) };
  const cluster = await startRealCluster({ print: say });
  return { cluster, etcdUrl: cluster.etcdUrl };
}

const secret = z.object({ data: z.record(z.string(), z.string()) });
const configMap = z.object({ data: z.record(z.string(), z.string()) });

async function readPair(api: KubeApi): Promise<ListenerPair> {
  const inLinkerd = '/api/v1/namespaces/linkerd';
  const issuer = secret.parse(await api.get(`${inLinkerd}/secrets/linkerd-identity-issuer`));
  const bundle = configMap.parse(
    await api.get(`${inLinkerd}/configmaps/linkerd-identity-trust-roots`),
  );
  const decode = (key: string): string =>
    Buffer.from(issuer.data[key] ?? '', 'base64').toString('utf8');
  return {
    ...(await signLeaf({ chainPem: decode('tls.crt'), keyPem: decode('tls.key') })),
    anchorsPem: bundle.data['ca-bundle.crt'] ?? '',
  };
}
