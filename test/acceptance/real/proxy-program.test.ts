import assert from 'node:assert/strict';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { LocalMesh } from '../../../deploy/local/local-mesh.ts';
import { startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { connectKubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { startRealCluster } from '../../real-cluster/start-real-cluster.ts';
import type { ProgramEnvironment } from '../../support/proxy-stand-in.ts';
import { environmentOf, writeProxyStandIn } from '../../support/proxy-stand-in.ts';
import { waitFor } from '../../support/wait-for.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';

const pods = '/api/v1/namespaces/shop/pods';
const pod = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  spec: z.object({
    initContainers: z.array(
      z.object({
        name: z.string(),
        env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
      }),
    ),
  }),
  status: z.object({
    podIP: z.string(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});
type Pod = z.infer<typeof pod>;
const tokenReview = z.object({
  status: z.object({
    authenticated: z.boolean(),
    user: z.object({ username: z.string(), extra: z.record(z.string(), z.array(z.string())) }),
  }),
});
/** What one machine cannot give as the pod says it. */
const changed = /_LISTEN_ADDRS?$|^LINKERD2_PROXY_IDENTITY_(SVC_ADDR|DIR|TOKEN_FILE)$/;

describe('a proxy program for the pods of a real API server', function () {
  this.timeout(scenarioTimeoutMs);
  requireRealCluster();
  let folder: string;
  let proxyBinary: string;
  let local: LocalMesh | undefined;
  let api: KubeApi;
  let shown: Pod;
  let environment: ProgramEnvironment;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'proxy-program-'));
    proxyBinary = path.join(folder, 'proxy.cjs');
    await writeProxyStandIn(proxyBinary);
    local = await startLocalMesh(await startRealCluster(), {
      apps: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 1 }],
      controlPlaneReplicas: 1,
      leafLifetimeMs: 60_000,
      mesh: { proxyBinary },
    });
    api = await connectKubeApi(local.kubeConfigYaml);
    const [item] = (await api.list(pods)).items;
    shown = pod.parse(item);
    environment = await environmentOf(shown.status.podIP);
  });
  after(async () => {
    if (local === undefined) return;
    await api.close();
    await local.stop();
    await rm(folder, { recursive: true });
  });

  it('makes its pod ready', () => {
    const ready = shown.status.conditions.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'True');
  });

  it('gets the environment that the API server has for its container, and nothing else', () => {
    const env = shown.spec.initContainers.find(({ name }) => name === 'linkerd-proxy')?.env ?? [];
    assert.deepEqual(Object.keys(environment).toSorted(), env.map(({ name }) => name).toSorted());
    const literal = env.filter(
      ({ name, value }) => value !== undefined && !value.includes('$(') && !changed.test(name),
    );
    assert.ok(literal.length > 20, String(literal.length));
    for (const { name, value } of literal) assert.equal(environment[name], value, name);
    assert.equal(environment['_pod_name'], shown.metadata.name);
  });

  it('finds key, request and a token of its own pod in its folders', async () => {
    const identity = environment['LINKERD2_PROXY_IDENTITY_DIR'] ?? '';
    assert.deepEqual((await readdir(identity)).toSorted(), ['csr.der', 'key.p8']);
    const token = await readFile(environment['LINKERD2_PROXY_IDENTITY_TOKEN_FILE'] ?? '', 'utf8');
    const answer = await api.create('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: ['identity.l5d.io'] },
    });
    const { authenticated, user } = tokenReview.parse(answer).status;
    assert.equal(authenticated, true);
    assert.equal(user.username, 'system:serviceaccount:shop:web');
    assert.deepEqual(user.extra['authentication.kubernetes.io/pod-uid'], [shown.metadata.uid]);
  });

  it('ends with its pod, and its folders with it', async () => {
    await api.delete(`${pods}/${shown.metadata.name}`, {});

    await waitFor(() => exists(`${proxyBinary}.${shown.status.podIP}`), {
      what: 'the program to be told to end',
      timeoutMs: 60_000,
    });
    const identity = environment['LINKERD2_PROXY_IDENTITY_DIR'] ?? '';
    await waitFor(async () => !(await exists(identity)), { what: 'its folder to be removed' });
  });
});

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
