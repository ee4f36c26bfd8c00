import assert from 'node:assert/strict';
import type { ChildProcessByStdio } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { componentsBinary, componentsPath } from '../../real-cluster/components-binary.ts';
import { findRunningCluster, kubeConfigFile } from '../../real-cluster/running-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Descendants } from '../support/descendants.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';

const run = promisify(execFile);
const folder = path.join(import.meta.dirname, '../../real-cluster');
/**
 * Of any start that is not the first, the whole mesh included. On a machine of its own 20 s are enough; the
 * other lane of the suite runs a cluster and its mesh beside it. What it took stands in the test's title.
 */
const longestStartSeconds = 120;
const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'cert-manager',
  'trust-manager',
];

describe('npm run cluster:up and cluster:down', function () {
  this.timeout(scenarioTimeoutMs);
  requireRealCluster();

  let isOurs = false;
  let scratch: string;

  before(async () => {
    const running = await findRunningCluster();
    assert.equal(running, undefined, 'a cluster of yours runs: npm run cluster:down first');
    isOurs = true;
    scratch = await mkdtemp(path.join(tmpdir(), 'cluster-commands-'));
  });
  afterEach(async () => {
    if (isOurs) await command('down');
  });
  after(async () => {
    if (isOurs) await rm(scratch, { recursive: true });
  });

  async function command(name: 'up' | 'down', ...args: string[]): Promise<string> {
    const program = path.join(folder, `${name}.ts`);
    return (await run(process.execPath, [program, ...args])).stdout;
  }

  async function kubectl(...args: string[]): Promise<string> {
    const program = await componentsBinary(() => undefined);
    // What kubectl keeps of a server stays beside it.
    const env = { KUBECONFIG: kubeConfigFile, HOME: path.dirname(kubeConfigFile) };
    return (await run(program, ['kubectl', ...args], { env })).stdout;
  }

  /** Starts a cluster, looks into it, stops it, and looks for what is left. */
  async function upAndDown(args: readonly string[], look: () => Promise<void>): Promise<number> {
    const said = await command('up', ...args);
    const seconds = Number(/^Up in ([\d.]+) s\.$/m.exec(said)?.[1]);
    assert.ok(seconds < longestStartSeconds, said);
    const started = new Descendants((await findRunningCluster())?.pid ?? NaN);
    await started.look();
    assert.deepEqual(
      (await started.components()).map(nameOf).toSorted(),
      componentNames.toSorted(),
    );
    await look();
    assert.match(await command('down'), /^Down in [\d.]+ s\.$/m);
    assert.deepEqual(await started.left(), []);
    assert.equal(await findRunningCluster(), undefined);
    return seconds;
  }

  it('start a cluster that outlives its command, once, and leave nothing of it behind', async () => {
    await upAndDown(['--bare'], async () => {
      assert.match(await kubectl('get', 'namespaces', '-o', 'name'), /^namespace\/kube-system$/m);
      assert.match(await command('up', '--bare'), /^The cluster runs already\.$/m);
    });
    assert.equal(await command('down'), 'No cluster runs.\n');
  });

  it('start a whole mesh, and leave nothing of it behind', async function () {
    const seconds = await upAndDown([], async () => {
      const rows = (await kubectl('get', 'pods', '-A', '--no-headers')).trim().split('\n');
      assert.equal(rows.length, meshedPods);
      assert.deepEqual(
        rows.filter((row) => !/ (\d)\/\1 +Running /.test(row)),
        [],
      );
    });
    if (this.test !== undefined) this.test.title += ` (up in ${String(seconds)} s)`;
  });

  it('leave nothing behind after Ctrl-C in the middle of a start', async () => {
    const child = up('--bare');
    const ended = once(child, 'exit');
    const started = new Descendants(child.pid ?? NaN);
    await waitFor(async () => (await started.components()).length > 0, {
      what: 'the first component of the control plane',
    });
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];

    assert.equal(code, 130);
    assert.deepEqual(await started.left(), []);
    assert.equal(await findRunningCluster(), undefined);
  });

  const failures = [
    { name: 'etcd', words: 'listen tcp 127.0.0.1:2379: bind: address already in use' },
    { name: 'kube-apiserver', words: 'Error: unknown flag: --old' },
    { name: 'kube-scheduler', words: 'Error: cannot read its settings' },
  ];
  for (const { name, words } of failures) {
    it(`name ${name} when it ends in a start, with its last words, and leave nothing behind`, async () => {
      const components = path.join(scratch, `without-${name}`);
      const real = await componentsPath();
      await writeFile(
        components,
        `#!/bin/sh\n[ "$1" = ${name} ] && { echo "${words}" >&2; exit 1; }\nexec ${real} "$@"\n`,
        { mode: 0o755 },
      );
      const child = up('--bare', '--components', components);
      const started = new Descendants(child.pid ?? NaN);
      const [said] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit'),
      ]);

      assert.equal(child.exitCode, 1);
      assert.ok(said.includes(`${name} did not start: `), said);
      assert.ok(said.includes(words), said);
      assert.deepEqual(await started.left(), []);
      assert.equal(await findRunningCluster(), undefined);
    });
  }
});

/** Of `demoApps`, and three of each part of Linkerd's control plane. */
const meshedPods = 42;

function up(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [path.join(folder, 'up.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function nameOf({ command }: { readonly command: string }): string {
  return command.split(' ')[1] ?? '';
}
