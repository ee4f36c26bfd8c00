import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { bundleWorkflows } from '../../worker/bundle-workflows.ts';
import { temporalServer } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const program = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

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

  function start(variables: Readonly<Record<string, string>>): ChildProcess {
    const env = {
      KUBECONFIG: join(directory, 'kubeconfig.yaml'),
      TRUST_ROTATION_LISTEN: '127.0.0.1:0',
    };
    worker = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, ...variables },
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

  it('says in one line why it cannot start, and exits with 1', async () => {
    const child = start({ TRUST_ROTATION_LISTEN: 'nonsense' });
    const [stderr] = await Promise.all([textOf(child), once(child, 'exit')]);

    assert.equal(child.exitCode, 1);
    assert.match(stderr, /^The worker stopped: Environment variable TRUST_ROTATION_LISTEN must be/);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
});

/** The port that the worker tells in its log when it has started. */
async function portOf({ stdout }: ChildProcess): Promise<number> {
  assert.ok(stdout);
  for await (const line of createInterface({ input: stdout })) {
    const fields: unknown = JSON.parse(line);
    if (typeof fields !== 'object' || fields === null || !('httpPort' in fields)) continue;
    return Number(fields.httpPort);
  }
  throw new Error('the worker ended before it had started');
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  assert.ok(stderr);
  return text(stderr);
}
