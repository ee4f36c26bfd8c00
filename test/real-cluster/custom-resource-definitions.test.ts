import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Crd } from './custom-resource-definitions.ts';
import { keptDefinitions } from './custom-resource-definitions.ts';

describe('the CRDs of the real cluster', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'crds-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const crds: readonly Crd[] = [
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'certificates.cert-manager.io' },
      spec: { scope: 'Namespaced' },
    },
  ];

  it('are fetched once and kept whole', async () => {
    const file = path.join(folder, 'cache', 'components.crds.json');
    const fetched = await keptDefinitions(file, () => Promise.resolve(crds));
    const kept = await keptDefinitions(file, () => Promise.reject(new Error('there is no Go')));

    assert.deepEqual([fetched, kept], [crds, crds]);
    assert.deepEqual(await readdir(path.dirname(file)), ['components.crds.json']);
  });

  it('are not kept where they could not be fetched', async () => {
    const file = path.join(folder, 'components.crds.json');
    const noGo = (): Promise<never> => Promise.reject(new Error('there is no Go'));

    await assert.rejects(keptDefinitions(file, noGo), /there is no Go/);
    assert.deepEqual(await readdir(folder), []);
  });
});
