import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { KubeConfigSource } from '../../../mesh/kubernetes/kube-config.ts';
import { loadKubeConfig } from '../../../mesh/kubernetes/kube-config.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { startApiFake } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

const secret = { type: resources.secrets, namespace: 'cert-manager', name: 'linkerd-trust-anchor' };

describe('a kubeconfig that names a file with a token', () => {
  let folder: string;
  let tokenFile: string;
  let fake: ApiFake;
  let kube: Kube;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'token-file-'));
    tokenFile = path.join(folder, 'token');
    fake = await startApiFake();
    fake.script(() => ({ status: 200, body: {} }));
  });
  afterEach(async () => {
    await kube.close();
    await fake.stop();
    await rm(folder, { recursive: true });
  });

  async function connect(source: KubeConfigSource): Promise<void> {
    kube = await connectCluster({ ...source, requestTimeoutMs: patienceMs });
  }

  /** The fake's own kubeconfig, whose token is `fake-token`, with the file beside it. */
  function naming(file: string): string {
    return fake.kubeConfigYaml.replace('token:', `tokenFile: ${file}\n      token:`);
  }

  const said = (): unknown => fake.requests.at(-1)?.headers['authorization'];

  it('authenticates by what the file holds at each request', async () => {
    await writeFile(tokenFile, 'first\n');
    await connect({ kubeConfigYaml: naming(tokenFile) });
    await kube.get(secret, rawObject);
    assert.equal(said(), 'Bearer first');

    await writeFile(tokenFile, 'renewed\n');
    await kube.get(secret, rawObject);
    assert.equal(said(), 'Bearer renewed');
  });

  it('finds the file beside its own, and in each of several that are merged', async () => {
    await writeFile(tokenFile, 'first');
    const files = ['one', 'two'].map((name) => path.join(folder, name));
    await writeFile(files[0] ?? '', 'kind: Config\n');
    await writeFile(files[1] ?? '', naming('token'));
    await connect({ env: { KUBECONFIG: files.join(path.delimiter) }, context: 'fake' });

    await kube.get(secret, rawObject);

    assert.equal(said(), 'Bearer first');
  });

  it('says that the file cannot be read, or is empty, and sends nothing', async () => {
    await connect({ kubeConfigYaml: naming(tokenFile) });
    await assert.rejects(kube.get(secret, rawObject), /no such file.*token.*Next step: check the/s);

    await writeFile(tokenFile, '\n');
    await assert.rejects(kube.get(secret, rawObject), /token is empty.*Next step: check the/s);
    assert.deepEqual(fake.requests, []);
  });

  it('gives a port-forward a header without the line break of the file', async () => {
    await writeFile(tokenFile, 'first\n');
    await connect({ kubeConfigYaml: naming(tokenFile) });
    const options = { headers: {} };

    await loadKubeConfig({ kubeConfigYaml: naming(tokenFile) }).applyToHTTPSOptions(options);

    assert.deepEqual(options.headers, { Authorization: 'Bearer first' });
  });
});
