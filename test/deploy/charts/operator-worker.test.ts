import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { readConfiguration } from '../../../worker/configuration.ts';
import { startHttpServer } from '../../../worker/http-server.ts';
import { shutdown } from '../../../worker/rotation-worker.ts';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import type { Helm } from '../../support/helm.ts';
import { installHelm } from '../../support/helm.ts';
import { everythingOn } from './support/operator-values.ts';

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.object({
            env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            startupProbe: probe,
            livenessProbe: probe,
            readinessProbe: probe,
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
        volumes: z.array(
          z.object({
            name: z.string(),
            secret: z.object({ secretName: z.string() }).optional(),
          }),
        ),
      }),
    }),
  }),
});

/** What the chart says about the worker, held against the worker itself. */
describe("the operator chart's pod", function () {
  this.timeout(goInstallTimeoutMs);
  let helm: Helm;

  before(async function () {
    helm = await orPending(this, installHelm);
  });

  async function podOf(values: Readonly<Record<string, unknown>> = {}): Promise<Pod> {
    const release = {
      chart: 'trust-rotation-operator',
      namespace: 'linkerd-trust',
      values,
    } as const;
    const rendered = await helm.template(release);
    const object = rendered.find(({ kind }) => kind === 'Deployment');
    return deployment.parse(object).spec.template.spec;
  }

  it('is given longer to end than the worker takes', async () => {
    const { terminationGracePeriodSeconds } = await podOf();
    assert.match(shutdown.shutdownForceTime, /^\d+s$/);
    assert.ok(terminationGracePeriodSeconds > Number.parseInt(shutdown.shutdownForceTime, 10));
  });

  it('is probed where the worker answers', async () => {
    const [{ ports, startupProbe, livenessProbe, readinessProbe, env }] = (await podOf())
      .containers;
    const { listen } = readConfiguration(valuesOf(env));
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      metrics: { contentType: 'text/plain', render: () => Promise.resolve('') },
      isAlive: () => true,
      isReady: () => false,
    });
    try {
      const asked = [startupProbe, livenessProbe, readinessProbe].map(async ({ httpGet }) => {
        assert.deepEqual(
          ports.filter(({ name }) => name === httpGet.port),
          [{ name: httpGet.port, containerPort: listen.port }],
        );
        const answer = await fetch(`http://127.0.0.1:${server.port}${httpGet.path}`);
        return answer.status;
      });
      assert.deepEqual(await Promise.all(asked), [200, 200, 503]);
    } finally {
      await server.close();
    }
  });

  it('has an environment that the worker reads as the values say', async () => {
    const [{ env }] = (await podOf({ ...everythingOn })).containers;
    const { listen, logLevel, reachProxiesBy } = readConfiguration(valuesOf(env));
    assert.deepEqual(
      { listen, logLevel, reachProxiesBy },
      {
        listen: { port: 9999 },
        logLevel: 'debug',
        reachProxiesBy: 'port-forward',
      },
    );
  });

  it('finds Temporal by what it mounts and by the Secret with the API key', async () => {
    const pod = await podOf({ ...everythingOn });
    const folder = await mkdtemp(path.join(tmpdir(), 'pod-'));
    try {
      const mounted = await mountSecrets(pod, folder);
      const config = loadClientConnectConfig({
        overrideEnvVars: { ...mounted, TEMPORAL_API_KEY: 'the key' },
        disableFile: true,
      });
      const { address, apiKey, tls } = config.connectionOptions;
      assert.deepEqual(
        { address, apiKey, namespace: config.namespace },
        { address: 'temporal.example.com:7233', apiKey: 'the key', namespace: 'mesh' },
      );
      assert.ok(typeof tls === 'object' && tls !== null);
      assert.deepEqual(
        [
          tls.serverNameOverride,
          ...[tls.serverRootCACertificate, tls.clientCertPair?.crt, tls.clientCertPair?.key].map(
            (file) => Buffer.from(file ?? []).toString(),
          ),
        ],
        [
          'temporal.internal',
          'temporal-ca roots.pem',
          'temporal-client tls.crt',
          'temporal-client tls.key',
        ],
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('asks for no TLS where the values have none', async () => {
    const [{ env }] = (await podOf()).containers;
    const config = loadClientConnectConfig({ overrideEnvVars: valuesOf(env), disableFile: true });
    const { address, apiKey, tls } = config.connectionOptions;
    assert.equal(address, 'temporal-frontend.temporal.svc.cluster.local:7233');
    assert.deepEqual([config.namespace, apiKey, tls], ['default', undefined, undefined]);
  });
});

type Pod = z.infer<typeof deployment>['spec']['template']['spec'];

function valuesOf(env: Pod['containers'][0]['env']): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

/** Does a kubelet's part: files that name their Secret and key. Answers with the paths as they are here. */
async function mountSecrets(pod: Pod, folder: string): Promise<Record<string, string>> {
  const [{ env, volumeMounts }] = pod.containers;
  const secrets = new Map(
    pod.volumes.flatMap(({ name, secret }) => (secret ? [[name, secret.secretName] as const] : [])),
  );
  const found = valuesOf(env);
  for (const [variable, file] of Object.entries(found)) {
    const mount = volumeMounts.find(({ mountPath }) => path.dirname(file) === mountPath);
    if (mount === undefined) continue;
    const copy = path.join(folder, variable);
    await writeFile(copy, `${secrets.get(mount.name) ?? 'nothing'} ${path.basename(file)}`);
    found[variable] = copy;
  }
  return found;
}
