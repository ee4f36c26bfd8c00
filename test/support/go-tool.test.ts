import assert from 'node:assert/strict';
import { access, constants } from 'node:fs/promises';
import type { GoCommand } from './go-tool.ts';
import { GoToolMissingError, goModuleFolder, installGoCommand, needsGo } from './go-tool.ts';

describe('Go tools', () => {
  before(async function () {
    await needsGo(this);
  });

  const proxyBefore = process.env['GOPROXY'];
  const notOnPath: GoCommand = { package: 'example.com/nowhere/cmd/nothing', version: 'v1.0.0' };

  afterEach(() => {
    if (proxyBefore === undefined) delete process.env['GOPROXY'];
    else process.env['GOPROXY'] = proxyBefore;
  });

  it('are missing, rather than broken, without a way to their modules', async () => {
    process.env['GOPROXY'] = 'off';
    await assert.rejects(installGoCommand(notOnPath), GoToolMissingError);
    await assert.rejects(
      goModuleFolder('example.com/nowhere', { version: 'v1.0.0' }),
      GoToolMissingError,
    );
  });

  it('are broken when what the proxy has does not fit', async () => {
    process.env['GOPROXY'] = 'file:///nowhere';
    const failure = await goModuleFolder('example.com/nowhere', { version: 'v1.0.0' }).catch(
      (error: unknown) => error,
    );
    assert.ok(failure instanceof Error && !(failure instanceof GoToolMissingError));
    assert.match(failure.message, /mod download -json example\.com\/nowhere@v1\.0\.0 failed/);
  });

  it('are taken from where the first asker has put them', async () => {
    process.env['GOPROXY'] = 'off';
    const first = installGoCommand({ ...notOnPath, version: 'v2.0.0' });
    assert.equal(installGoCommand({ ...notOnPath, version: 'v2.0.0' }), first);
    await assert.rejects(first, GoToolMissingError);
  });

  it('find a module that another module pins', async () => {
    const components = new URL('../real-cluster/components', import.meta.url).pathname;
    const folder = await goModuleFolder('sigs.k8s.io/yaml', { folder: components }).catch(
      (error: unknown) => {
        if (error instanceof GoToolMissingError) return undefined;
        throw error;
      },
    );
    if (folder !== undefined) await access(folder, constants.R_OK);
  });
});
