import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { componentsBinary } from '../../real-cluster/components-binary.ts';
import { findRunningCluster, kubeConfigFile } from '../../real-cluster/running-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';

const run = promisify(execFile);
const folder = path.join(import.meta.dirname, '../../real-cluster');
/** A start that is not the first, bare: the machine runs other clusters of the suite beside it. */
const longestStartSeconds = 60;

describe('npm run cluster:up and cluster:down', function () {
  this.timeout(180_000);
  requireRealCluster();

  let isOurs = false;

  before(async () => {
    const running = await findRunningCluster();
    assert.equal(running, undefined, 'a cluster of yours runs: npm run cluster:down first');
    isOurs = true;
  });
  after(async () => {
    if (isOurs) await command('down');
  });

  async function command(name: 'up' | 'down', ...args: string[]): Promise<string> {
    const program = path.join(folder, `${name}.ts`);
    return (await run(process.execPath, [program, ...args])).stdout;
  }

  it('start a cluster that outlives its command, once, and leave nothing of it behind', async () => {
    const said = await command('up', '--bare');
    const seconds = Number(/^Up in ([\d.]+) s\.$/m.exec(said)?.[1]);
    assert.ok(seconds < longestStartSeconds, said);
    const kubectl = await componentsBinary(() => undefined);
    // What kubectl keeps of a server stays beside it.
    const env = { KUBECONFIG: kubeConfigFile, HOME: path.dirname(kubeConfigFile) };
    const namespaces = await run(kubectl, ['kubectl', 'get', 'namespaces', '-o', 'name'], { env });
    assert.match(namespaces.stdout, /^namespace\/kube-system$/m);
    const pid = (await findRunningCluster())?.pid ?? NaN;
    assert.ok((await descendantsOf(pid)).length >= 4, 'etcd, API server, controllers, scheduler');
    assert.match(await command('up', '--bare'), /^The cluster runs already\.$/m);

    const before = await descendantsOf(pid);
    assert.match(await command('down'), /^Down in [\d.]+ s\.$/m);
    assert.deepEqual(await stillRunning([pid, ...before]), []);
    assert.equal(await command('down'), 'No cluster runs.\n');
  });

  it('leave nothing behind after Ctrl-C in the middle of a start', async () => {
    const child = spawn(process.execPath, [path.join(folder, 'up.ts'), '--bare'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'exit');
    const started = await untilStarted(child);
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];

    assert.equal(code, 130);
    assert.deepEqual(await stillRunning(started), []);
    assert.equal(await findRunningCluster(), undefined);
  });
});

/** @returns the processes that run once the first component does */
function untilStarted({ pid = NaN }: ChildProcess): Promise<readonly number[]> {
  return waitFor(
    async () => {
      const started = await descendantsOf(pid);
      return started.length >= 2 ? started : undefined;
    },
    { what: 'the first component of the control plane', timeoutMs: 60_000 },
  );
}

/** By `/proc`: children, and theirs. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (stat !== '' && /^\d+$/.test(name)) parents.set(Number(name), parent);
  }
  const found: number[] = [];
  for (let generation = [pid]; generation.length > 0;) {
    generation = [...parents]
      .filter(([, parent]) => generation.includes(parent))
      .map(([one]) => one);
    found.push(...generation);
  }
  return found;
}

async function stillRunning(pids: readonly number[]): Promise<readonly string[]> {
  const names = await Promise.all(
    pids.map((pid) => readFile(`/proc/${String(pid)}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name !== '');
}
