import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { ClusterError } from '../../../mesh/kubernetes/errors.ts';
import type { KubeConfigSource } from '../../../mesh/kubernetes/kube-config.ts';
import { isOfPod, loadKubeConfig } from '../../../mesh/kubernetes/kube-config.ts';

const token = 'very-secret-token';

function kubeConfig(contexts: readonly string[], current?: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map((name) => ({ name, cluster: { server: `https://${name}.test` } })),
    users: contexts.map((name) => ({ name, user: { token } })),
    contexts: contexts.map((name) => ({ name, context: { cluster: name, user: name } })),
    ...(current === undefined ? {} : { 'current-context': current }),
  });
}

describe('loading a kubeconfig', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'kube-config-'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  function refused(source: KubeConfigSource): string {
    try {
      loadKubeConfig(source);
    } catch (error) {
      assert.ok(error instanceof ClusterError);
      assert.equal(error.kind, 'Cluster');
      assert.match(error.message, /Next step: /);
      assert.doesNotMatch(error.message, new RegExp(token));
      return error.message;
    }
    assert.fail('it was loaded');
  }

  it('uses the current context of the file that KUBECONFIG names', async () => {
    const file = path.join(home, 'config');
    await writeFile(file, kubeConfig(['east', 'west'], 'west'));

    const config = loadKubeConfig({ env: { KUBECONFIG: file } });

    assert.equal(config.getCurrentCluster()?.server, 'https://west.test');
  });

  it('falls back to the file in the home directory', async () => {
    await mkdir(path.join(home, '.kube'));
    await writeFile(path.join(home, '.kube', 'config'), kubeConfig(['east'], 'east'));

    const config = loadKubeConfig({ env: { HOME: home } });

    assert.equal(config.getCurrentContext(), 'east');
  });

  it('takes a KUBECONFIG that is empty for one that is not set', async () => {
    await mkdir(path.join(home, '.kube'));
    await writeFile(path.join(home, '.kube', 'config'), kubeConfig(['east'], 'east'));
    const env = { KUBECONFIG: '', HOME: home };

    assert.equal(loadKubeConfig({ env }).getCurrentContext(), 'east');
    assert.equal(isOfPod({ ...env, KUBERNETES_SERVICE_HOST: '10.0.0.1' }), true);
    assert.equal(isOfPod({ KUBECONFIG: 'config', KUBERNETES_SERVICE_HOST: '10.0.0.1' }), false);
    assert.equal(isOfPod({ ...env, KUBERNETES_SERVICE_HOST: '' }), false);
  });

  it('merges the files of KUBECONFIG that exist', async () => {
    const files = ['one', 'missing', 'two'].map((name) => path.join(home, name));
    await writeFile(files[0] ?? '', kubeConfig(['east'], 'east'));
    await writeFile(files[2] ?? '', kubeConfig(['west'], 'west'));

    const config = loadKubeConfig({
      env: { KUBECONFIG: files.join(path.delimiter) },
      context: 'west',
    });

    assert.equal(config.getCurrentCluster()?.server, 'https://west.test');
  });

  it('refuses files that define the same name twice', async () => {
    const files = ['one', 'two'].map((name) => path.join(home, name));
    for (const file of files) await writeFile(file, kubeConfig(['east'], 'east'));

    assert.match(refused({ env: { KUBECONFIG: files.join(path.delimiter) } }), /Duplicate cluster/);
  });

  it('lists the contexts that exist when the wanted one does not', () => {
    const yaml = kubeConfig(['east', 'west'], 'west');

    const message = refused({ kubeConfigYaml: yaml, context: 'north' });

    assert.match(message, /Context "north" is not in .* It has: east, west\./);
  });

  it('asks for a context when none is current', () => {
    assert.match(refused({ kubeConfigYaml: kubeConfig(['east']) }), /no current context.* east\./);
  });

  it('tells a kubeconfig without any context', () => {
    assert.match(refused({ kubeConfigYaml: 'kind: Config\n' }), /It has none/);
  });

  it('tells a context whose cluster is not there', () => {
    const yaml = kubeConfig(['east'], 'east').replace('cluster: east', 'cluster: gone');

    assert.match(refused({ kubeConfigYaml: yaml }), /names a cluster that is not there/);
  });

  it('tells a file that does not exist', () => {
    const file = path.join(home, 'nowhere');

    assert.match(refused({ kubeConfigPath: file }), /nowhere does not exist/);
    assert.match(refused({ env: { KUBECONFIG: file } }), /nowhere does not exist/);
  });

  it('tells that there is no kubeconfig at all', () => {
    assert.match(refused({ env: { HOME: home } }), /No kubeconfig was found/);
  });

  it('tells broken YAML without quoting it', () => {
    const yaml = `users:\n  - token: ${token}\n bad: [`;

    assert.match(refused({ kubeConfigYaml: yaml }), /Could not read the kubeconfig given as text/);
  });

  it('tells that there is no service account outside a pod', () => {
    assert.match(refused({ inCluster: true, env: {} }), /service account/);
  });
});
