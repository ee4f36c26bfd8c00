import assert from 'node:assert/strict';
import { rotationSearchAttributes } from '../../domain/search-attributes.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Connection } from '@temporalio/client';
import type { TemporalServer } from '../../deploy/local/temporal-server.ts';
import { temporalCandidates } from '../../deploy/local/temporal-candidates.ts';
import { findTemporal } from '../../deploy/local/temporal-finder.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { waitFor } from '../support/wait-for.ts';

const serverModule = path.resolve(import.meta.dirname, '../../deploy/local/temporal-server.ts');
const quiet = { ownProcess: true, headless: true, log: () => undefined } as const;

describe('startTemporalServer', () => {
  const started: TemporalServer[] = [];
  let folder: string;

  async function start(
    options: Parameters<typeof startTemporalServer>[0],
  ): Promise<TemporalServer> {
    const server = await startTemporalServer(options);
    started.push(server);
    return server;
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'temporal-server-'));
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true });
  });

  it('starts a server with Web UI and search attributes and tells what it chose', async () => {
    const lines: string[] = [];

    const server = await start({ ownProcess: true, log: (line) => lines.push(line) });

    assert.match(server.address, /^127\.0\.0\.1:\d+$/);
    assert.ok(server.uiUrl);
    assert.equal((await fetch(server.uiUrl)).status, 200);
    assert.deepEqual(Object.keys(rotationSearchAttributes).sort(), await customAttributes(server));
    assert.ok(lines.at(-1)?.includes(server.source), lines.join('\n'));
  });

  it('leaves no process behind after stop', async () => {
    const server = await start(quiet);

    await server.stop();

    assert.ok(server.pid);
    assert.equal(isAlive(server.pid), false);
  });

  it('comes back with its data at the same port after a restart', async () => {
    const dbFilename = path.join(folder, 'temporal.db');
    const before = await start({ ...quiet, dbFilename, searchAttributes: { Kept: 'Keyword' } });
    await before.stop();
    const port = Number(before.address.split(':')[1]);

    const after = await start({ ...quiet, dbFilename, port, searchAttributes: {} });

    assert.equal(after.address, before.address);
    assert.deepEqual(await customAttributes(after), ['Kept']);
  });

  it('uses a server that TEMPORAL_ADDRESS names, adds what it lacks and does not stop it', async () => {
    const existing = await start({ ...quiet, searchAttributes: {} });
    const env = { TEMPORAL_ADDRESS: existing.address };

    const attached = await start({ env, log: () => undefined });
    await attached.stop();

    assert.equal(attached.address, existing.address);
    assert.equal(attached.source, `TEMPORAL_ADDRESS (${existing.address})`);
    const names = Object.keys(rotationSearchAttributes).sort();
    await waitFor(async () => (await customAttributes(existing)).join() === names.join(), {
      what: 'the search attributes to be registered',
    });
  });

  it('explains a server that cannot start with its own words', async () => {
    const dbFilename = path.join(folder, 'no', 'such', 'folder', 'temporal.db');

    await assert.rejects(start({ ...quiet, dbFilename }), {
      message: /did not start: .*temporal.* ended with exit code 1\n.*no\/such\/folder/s,
    });
  });

  describe('whose program panics because a port for an inner service was taken', () => {
    it('is started again', async () => {
      const log: string[] = [];
      const env = { TEMPORAL_CLI_PATH: await panickingProgram({ times: 1 }) };

      const server = await start({ ...quiet, env, log: (line) => log.push(line) });

      assert.match(server.address, /^127\.0\.0\.1:\d+$/);
      assert.equal(await startsOf(env.TEMPORAL_CLI_PATH), 2);
      assert.match(log.join('\n'), /start 1 of 3 failed.*panic: failed assigning ephemeral port/s);
    });

    it('is given up after three times, with the reason that stands before the stack', async () => {
      const env = { TEMPORAL_CLI_PATH: await panickingProgram({ times: 100 }) };

      await assert.rejects(start({ ...quiet, env }), {
        message: /ended with exit code 2\n.*panic: failed assigning ephemeral port.*main\.main/s,
      });
      assert.equal(await startsOf(env.TEMPORAL_CLI_PATH), 3);
    });

    /** The real program, behind a few starts that end as a Go program does that panics. */
    async function panickingProgram({ times }: { times: number }): Promise<string> {
      const { path: real } = await foundProgram();
      const program = path.join(folder, 'temporal');
      const script = `#!/bin/sh
case "$*" in *--port*) ;; *) exec '${real}' "$@" ;; esac
echo start >> '${program}.starts'
[ "$(wc -l < '${program}.starts')" -gt ${times} ] && exec '${real}' "$@"
echo 'panic: failed assigning ephemeral port: listen tcp 127.0.0.1:0: bind: address already in use' >&2
for frame in $(seq 60); do echo "	server.go:$frame" >&2; done
echo 'main.main()' >&2
exit 2
`;
      await writeFile(program, script, { mode: 0o755 });
      return program;
    }

    async function startsOf(program: string): Promise<number> {
      return (await readFile(`${program}.starts`, 'utf8')).trim().split('\n').length;
    }
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`leaves no server behind when its owner gets ${signal}`, async () => {
      const code = `
        const { startTemporalServer } = await import(${JSON.stringify(serverModule)});
        const server = await startTemporalServer({ ownProcess: true, headless: true });
        console.log(server.pid);`;
      const owner = spawn(process.execPath, ['--input-type=module', '--eval', code], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const output: unknown[] = await once(createInterface({ input: owner.stdout }), 'line');
      const pid = Number(output[0]);
      assert.ok(isAlive(pid));

      owner.kill(signal);

      await waitFor(() => !isAlive(pid), { what: `server ${pid} to end` });
    });
  }
});

async function foundProgram(): Promise<{ readonly path: string }> {
  const options = { env: process.env, log: () => undefined, ownProcess: true };
  const found = await findTemporal(temporalCandidates(options));
  if (found.kind === 'server') throw new Error('a server was found where a program was looked for');
  return found;
}

async function customAttributes({ address }: TemporalServer): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const answer = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    return Object.keys(answer.customAttributes).sort();
  } finally {
    await connection.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: there is no such process.
    return false;
  }
}
