import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '../support/wait-for.ts';
import { buildComponents, GoMissingError, requireGo } from './components-binary.ts';

describe('the Go that the real cluster is built with', () => {
  const { PATH } = process.env;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'go-'));
    process.env['PATH'] = folder;
  });
  afterEach(async () => {
    process.env['PATH'] = PATH;
    await rm(folder, { recursive: true });
  });

  const install = (version: string): Promise<void> => installScript(`echo ${version}`);

  async function installScript(script: string): Promise<void> {
    const program = path.join(folder, 'go');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
  }

  it('is asked for in one sentence where there is none', async () => {
    await assert.rejects(requireGo(), (error: unknown) => {
      assert.ok(error instanceof GoMissingError);
      assert.match(
        error.message,
        /^The real cluster is built from source with Go 1\.26 or later, which is not on PATH \([^\n]*\)\.$/,
      );
      return true;
    });
  });

  it('is named where it is too old', async () => {
    await install('go1.25.4');

    await assert.rejects(requireGo(), { message: /; PATH has go1\.25\.4\.$/ });
  });

  it('may be any later one', async () => {
    await install('go2.0');

    await requireGo();
  });

  it('is interrupted when whoever builds with it is told to end', async () => {
    const begun = path.join(folder, 'begun');
    await installScript(
      `trap 'echo interrupted >&2; exit 1' INT\n: > ${begun}\nwhile true; do :; done`,
    );
    const building = buildComponents(path.join(folder, 'components'), () => undefined);
    const ended = assert.rejects(building, /failed:\ninterrupted/);
    await waitFor(() => existsSync(begun), { what: 'Go to build' });

    // No other listener of this process is meant.
    process.listeners('SIGTERM').at(-1)?.('SIGTERM');

    await ended;
  });
});
