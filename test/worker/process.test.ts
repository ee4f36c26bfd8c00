import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import { installTrustPki } from '../../simulator/guide/install-trust-pki.ts';
import { bundleWorkflows } from '../../worker/bundle-workflows.ts';
import { freePorts } from '../../worker/free-ports.ts';
import { conditionOf, ResourceInUse } from '../acceptance/support/rotation-resource.ts';
import { lastOf, parseDockerfile } from '../deploy/image/dockerfile.ts';
import { temporalServer } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { patienceMs } from '../support/patience.ts';

/** What a cluster has to keep for it; node and Temporal's core take most of it. */
const mostResidentMiB = 200;
const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'worker/main.ts');
/** As the image is built: modules are compiled, and nothing runs. */
const compileOnly = ['--import', join(root, 'worker/run-worker.ts'), '--eval', '0'];

describe('the worker process', () => {
  let cluster: SimulatedCluster;
  let directory: string;
  let worker: ChildProcess | undefined;

  beforeEach(async () => {
    cluster = await startCluster();
    directory = await mkdtemp(join(tmpdir(), 'worker-test-'));
    await writeFile(join(directory, 'kubeconfig.yaml'), cluster.kubeConfigYaml());
  });

  afterEach(async () => {
    if (worker?.exitCode === null && worker.signalCode === null) {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    worker = undefined;
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  function start(
    variables: Readonly<Record<string, string>>,
    args: readonly string[] = [program],
  ): ChildProcess {
    const env = {
      KUBECONFIG: join(directory, 'kubeconfig.yaml'),
      TRUST_ROTATION_LISTEN: '127.0.0.1:0',
    };
    worker = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Coverage would be kept in the memory that is measured.
      env: { ...process.env, NODE_V8_COVERAGE: undefined, ...env, ...variables },
    });
    return worker;
  }

  it('gets ready, shows its metrics, and ends by itself when it is told to', async () => {
    const bundle = join(directory, 'bundle.js');
    await bundleWorkflows(bundle);
    const { address } = await temporalServer();
    const child = start({
      TEMPORAL_ADDRESS: address,
      TRUST_ROTATION_WORKFLOW_BUNDLE: bundle,
    });
    const url = `http://127.0.0.1:${await portOf(child)}`;

    await waitFor(async () => (await fetch(`${url}/readyz`)).ok, {
      what: 'the worker to be ready',
    });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^trust_rotation_core_scrape_ok 1$/m);
    assert.match(metrics, /^temporal_/m);

    child.kill('SIGTERM');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];

    assert.deepEqual([code, signal], [0, null]);
  });

  it('is small at rest, as the operator of a mesh', async () => {
    const bundle = join(directory, 'bundle.js');
    await bundleWorkflows(bundle);
    await installTrustPki(cluster.kubeConfigYaml());
    const kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
    const resource = new ResourceInUse(kube);
    await resource.installDefinition();
    await resource.create({});
    const { address } = await temporalServer();
    const image = await imageStart();
    const environment = {
      ...image.environment,
      NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
      TEMPORAL_ADDRESS: address,
      TRUST_ROTATION_OPERATOR: 'on',
      TRUST_ROTATION_WORKFLOW_BUNDLE: bundle,
    };
    await once(start(environment, [...image.flags, ...compileOnly]), 'exit');
    const child = start(environment, [...image.flags, program]);
    const url = `http://127.0.0.1:${await portOf(child)}`;
    await resource.until(
      'its first survey',
      ({ surveyedAt, conditions }) => surveyedAt !== undefined && conditions.length === 6,
    );
    assert.ok((await fetch(`${url}/metrics`)).ok);
    await kube.close();

    // What the start has left is collected once the worker has nothing to do.
    await waitFor(async () => (await residentMiBOf(child)) <= mostResidentMiB, {
      what: `${String(mostResidentMiB)} MiB or less in memory`,
      timeoutMs: 3 * patienceMs,
      intervalMs: 1_000,
    });
    assert.ok((await residentMiBOf(child)) > 20, 'that is no worker');
  });

  describe('while Temporal is away', () => {
    /** Started without it: it serves what it knows, and says that it takes no work. */
    async function startAlone(address: string, more: Readonly<Record<string, string>> = {}) {
      const child = start({ TEMPORAL_ADDRESS: address, ...more });
      const lines = logOf(child);
      const url = `http://127.0.0.1:${String(await fieldIn(lines, 'httpPort'))}`;
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      assert.equal((await fetch(`${url}/readyz`)).status, 503);
      assert.match(await (await fetch(`${url}/metrics`)).text(), /^trust_rotation_build_info/m);
      return { child, url, lines };
    }

    it('serves its metrics, says what it tries, and takes work once Temporal is there', async () => {
      const [port = 0] = await freePorts(1);
      const { url, lines } = await startAlone(`127.0.0.1:${String(port)}`);
      assert.match(
        String(await fieldIn(lines, 'reason')),
        /^Could not reach Temporal at 127\.0\.0\.1:\d+: Connection refused\. Next step: start a Temporal server .* TEMPORAL_ADDRESS/,
      );
      const late = await startTemporalServer({
        ownProcess: true,
        headless: true,
        log: () => undefined,
        port,
      });
      try {
        await waitFor(async () => (await fetch(`${url}/readyz`)).ok, {
          what: 'the worker to be ready',
        });
      } finally {
        await late.stop();
      }
    });

    it('ends when it is told to', async () => {
      const { child, lines } = await startAlone('nowhere.invalid:7233');
      assert.match(
        String(await fieldIn(lines, 'reason')),
        /^Could not reach Temporal at nowhere\.invalid:7233: failed to lookup [^"]*\. Next step: /,
      );
      child.kill('SIGTERM');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.deepEqual([code, signal], [0, null]);
    });

    it('shows the resource how the mesh stands, and that Temporal does not answer', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      const kube = await connectCluster({
        kubeConfigYaml: cluster.kubeConfigYaml(),
        requestTimeoutMs: patienceMs,
      });
      const resource = new ResourceInUse(kube);
      await resource.installDefinition();
      await resource.create({});
      const [port = 0] = await freePorts(1);
      await startAlone(`127.0.0.1:${String(port)}`, { TRUST_ROTATION_OPERATOR: 'on' });
      const status = await resource.until(
        'all conditions',
        ({ conditions }) => conditions.length === 6,
      );
      assert.equal(conditionOf(status, 'TemporalReachable'), 'False/Unreachable');
      assert.equal(conditionOf(status, 'Ready'), 'True/AtRest');
      await kube.close();
    });
  });

  describe('says in one line why it cannot start and what to do, and exits with 1:', () => {
    it('a variable that is not usable', async () => {
      assert.match(
        await reasonOf(start({ TRUST_ROTATION_LISTEN: 'nonsense' })),
        /^The worker stopped: Environment variable TRUST_ROTATION_LISTEN must be/,
      );
    });

    it('the API server does not answer', async () => {
      const { address } = await temporalServer();
      await cluster.stop();
      assert.match(
        await reasonOf(start({ TEMPORAL_ADDRESS: address })),
        /^The worker stopped: Could not read Namespace kube-system: https:\/\/\S+ gave no answer \(.+\)\. Next step: check that the API server is up/,
      );
    });

    it('Temporal has no such namespace', async () => {
      const { address } = await temporalServer();
      assert.match(
        await reasonOf(start({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'nowhere' })),
        /^The worker stopped: Could not open namespace nowhere of Temporal at 127\.0\.0\.1:\d+: .*not found.*\. Next step: create it \(temporal operator namespace create nowhere\)/,
      );
    });
  });
});

/** The port that the worker tells in its log when it has started. */
async function portOf(child: ChildProcess): Promise<number> {
  return Number(await fieldIn(logOf(child), 'httpPort'));
}

type LogLines = AsyncIterator<string>;

function logOf({ stdout }: ChildProcess): LogLines {
  assert.ok(stdout);
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}

/** The first field of this name from here on. */
async function fieldIn(lines: LogLines, name: string): Promise<unknown> {
  for (;;) {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the worker ended before it had told its ${name}`);
    const fields = z.record(z.string(), z.unknown()).parse(JSON.parse(next.value));
    if (name in fields) return fields[name];
  }
}

/** The one line that a worker that cannot start leaves on stderr. */
async function reasonOf(child: ChildProcess): Promise<string> {
  const [stderr] = await Promise.all([textOf(child), once(child, 'exit')]);
  assert.equal(child.exitCode, 1);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  return stderr;
}

/** How the image starts Node: what the size of its memory depends on. */
async function imageStart(): Promise<{
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}> {
  const instructions = parseDockerfile(
    await readFile(join(root, 'deploy/image/Dockerfile'), 'utf8'),
  );
  const entry = z.array(z.string()).parse(JSON.parse(lastOf(instructions, 'ENTRYPOINT')));
  assert.equal(entry.at(-1), 'worker/main.ts');
  const environment: Record<string, string> = {};
  for (const { name, text: given } of instructions) {
    const [variable = '', value = ''] = given.split('=');
    if (name === 'ENV' && variable.startsWith('MALLOC_')) environment[variable] = value;
  }
  return { flags: entry.slice(1, -1), environment };
}

/** What the kernel keeps in memory for a process; Linux only, like the worker's image. */
async function residentMiBOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  assert.ok(stderr);
  return text(stderr);
}
