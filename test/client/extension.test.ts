import assert from 'node:assert/strict';
import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClusterOptions } from '../../client/cluster.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { plainFlags } from '../../client/go-flags.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import { checkFacts } from '../support/check-facts.ts';
import type { Run } from './run-client.ts';
import { clusterNamed, runClient } from './run-client.ts';

async function runSeen(
  args: readonly string[],
): Promise<Run & { readonly opened?: ClusterOptions }> {
  let opened: ClusterOptions | undefined;
  const run = await runClient(args, {
    connectors: {
      openCluster: (options) => {
        opened = options;
        return clusterNamed('uid-1')(options);
      },
      openTemporal: () => Promise.reject(new Error('no Temporal here')),
      checkerFor: () => async () => checkFacts(),
    },
  });
  return opened === undefined ? run : { ...run, opened };
}

async function executable(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe('linkerd-trust as an extension of linkerd', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
    await symlink(path.resolve('client/linkerd-trust'), path.join(folder, 'linkerd-trust'));
  });
  after(() => rm(folder, { recursive: true }));

  it('tells its name as its file has it, in strict JSON, and nothing else', () => {
    const file = path.join(folder, 'linkerd-trust');
    const env = { PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
    const { status, stdout, stderr } = spawnSync(file, ['_extension-metadata'], {
      env,
      encoding: 'utf8',
    });

    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), { name: path.basename(file), checks: 'always' });
  });

  describe('with a node on the PATH that cannot run TypeScript', () => {
    let old: string;

    before(async () => {
      old = path.join(folder, 'old');
      await mkdir(old);
      await executable(path.join(old, 'node'), '[ "$1" = --version ] && echo v20.20.2 || exit 1');
    });

    const start = (file: string, nodes: string): SpawnSyncReturns<string> =>
      spawnSync(file, ['_extension-metadata'], {
        env: { PATH: `${nodes}:/usr/bin:/bin` },
        encoding: 'utf8',
      });

    it('runs with the one that npm ci has brought along', () => {
      const { status, stdout, stderr } = start(path.join(folder, 'linkerd-trust'), old);

      assert.equal(stderr, '');
      assert.equal(status, 0);
      assert.match(stdout, /"name":"linkerd-trust"/);
    });

    it('says what to do where there is none, and takes a newer one of the PATH', async () => {
      const alone = path.join(folder, 'alone');
      await mkdir(alone);
      await copyFile('client/linkerd-trust', path.join(alone, 'linkerd-trust'));
      await writeFile(path.join(alone, 'main.ts'), 'console.log(process.argv[2] as string);');
      const failed = start(path.join(alone, 'linkerd-trust'), old);
      const ran = start(path.join(alone, 'linkerd-trust'), path.dirname(process.execPath));

      assert.equal(failed.status, ExitCode.unexpected);
      assert.match(failed.stderr, /older than 22\.19 \(v20\.20\.2\)\. Next step: run npm ci in /);
      assert.equal(ran.stdout, '_extension-metadata\n');
    });
  });

  it('takes the flags that linkerd passes to a check, empty lists and switches that are off', async () => {
    const { code, opened } = await runSeen([
      'check',
      '--api-addr=127.0.0.1:1',
      '--context=west',
      '--as=ada',
      '--as-group=[]',
      '--kubeconfig=/tmp/kubeconfig',
      '--linkerd-namespace=linkerd',
      '--verbose=false',
      '--namespace=shop',
      '--proxy=false',
      '--wait=0s',
      '--output=json',
    ]);

    assert.equal(code, ExitCode.ok);
    assert.equal(opened?.context, 'west');
    assert.equal(opened.kubeconfig, '/tmp/kubeconfig');
    assert.equal(opened.actAs, 'ada');
  });

  it('really acts as the user of --as, with the rights of that one', async () => {
    const users = new Set<string>();
    const cluster = await startCluster({
      authorize: ({ user, verb, name }) => {
        users.add(user);
        return verb !== 'impersonate' || name === 'ada';
      },
    });
    const file = path.join(folder, 'config');
    await writeFile(file, cluster.kubeConfigYaml('tester'));
    const flags = ['--kubeconfig', file];
    const asAda = await runClient(['check', '--pre', '--wait=0s', '--as', 'ada', ...flags]);
    const asEve = await runClient(['check', '--pre', '--wait=0s', '--as', 'eve', ...flags]);
    await cluster.stop();

    assert.deepEqual([...users].toSorted(), ['ada', 'tester']);
    assert.notEqual(asAda.stdout, '');
    assert.equal(asEve.code, ExitCode.cluster);
    assert.match(asEve.stderr, /cannot impersonate resource "users"/);
  });

  it('refuses to act as a member of a group rather than to leave the group out', async () => {
    const { code, stderr, opened } = await runSeen(['plan', '--as', 'ada', '--as-group', '[dev]']);

    assert.equal(code, ExitCode.usage);
    assert.match(stderr, /Could not act as a member of dev: .*\nNext step: leave --as-group out/);
    assert.equal(opened, undefined);
  });

  it('still refuses an unknown flag of a command that changes something', async () => {
    const { code, stderr } = await runSeen(['rotate', '--yes', '--pase', 'urgent']);

    assert.equal(code, ExitCode.usage);
    assert.match(stderr, /unknown option '--pase'/);
  });

  it('understands switches as Go writes them, and leaves values alone', () => {
    const switches = new Set(['--proxy', '--verbose']);

    assert.deepEqual(plainFlags(['a', '--proxy=true', '--verbose=false'], switches), [
      'a',
      '--proxy',
    ]);
    assert.deepEqual(plainFlags(['--reason=true', 'x=false'], switches), [
      '--reason=true',
      'x=false',
    ]);
  });
});
