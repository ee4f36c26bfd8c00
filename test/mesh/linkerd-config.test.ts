import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readInstalledComponents } from '../../mesh/cert-manager.ts';
import { readClusterId } from '../../mesh/cluster-id.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { ApiFake } from '../fakes/api-fake.ts';
import { startApiFake, statusReply } from '../fakes/api-fake.ts';
import { LinkerdConfigError, readLinkerdConfig } from '../../mesh/linkerd-config.ts';
import { patienceMs } from '../support/patience.ts';

describe('what is installed in a cluster', () => {
  let fake: ApiFake;
  let kube: Kube;

  beforeEach(async () => {
    fake = await startApiFake();
    kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
    });
  });

  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  function answerWith(body: unknown): void {
    fake.script(() => ({ status: 200, body }));
  }

  it('is told by the values of the chart', async () => {
    const values = [
      'identityTrustDomain: mesh.example',
      'clusterDomain: k8s.example',
      'linkerdVersion: edge-26.8.3',
      'identity:',
      '  externalCA: true',
      '  issuer: {scheme: kubernetes.io/tls, issuanceLifetime: 1h0m0s, clockSkewAllowance: 5s}',
    ].join('\n');
    answerWith({ data: { values } });

    assert.deepEqual(await readLinkerdConfig(kube, objects), {
      trustDomain: 'mesh.example',
      clusterDomain: 'k8s.example',
      issuerScheme: 'kubernetes.io/tls',
      externalCa: true,
      issuanceLifetime: '1h0m0s',
      clockSkewAllowance: '5s',
      version: 'edge-26.8.3',
    });
    assert.equal(fake.requests[0]?.path, '/api/v1/namespaces/linkerd/configmaps/linkerd-config');
  });

  it('has the chart’s defaults where the values are silent', async () => {
    answerWith({ data: { values: 'identityTrustDomain: ""\nclusterDomain: k8s.example\n' } });

    const config = await readLinkerdConfig(kube, objects);

    assert.equal(config.trustDomain, 'k8s.example');
    assert.equal(config.issuerScheme, 'linkerd.io/tls');
    assert.equal(config.externalCa, false);
    assert.equal(config.issuanceLifetime, '24h0m0s');
  });

  it('is told to be no Linkerd when the configuration is missing', async () => {
    fake.script(() => statusReply(404, 'NotFound'));

    await assert.rejects(readLinkerdConfig(kube, objects), /check that Linkerd is installed/);
    assert.deepEqual(await readInstalledComponents(kube), {});
    await assert.rejects(readClusterId(kube), /no namespace kube-system/);
  });

  it('is not guessed from unreadable values', async () => {
    answerWith({ data: { values: 'a: [1' } });
    await assert.rejects(readLinkerdConfig(kube, objects), LinkerdConfigError);

    answerWith({ data: { values: 'identity: {externalCA: "perhaps"}' } });
    await assert.rejects(readLinkerdConfig(kube, objects), /at identity\.externalCA/);
  });

  it('is one cluster by the UID of kube-system', async () => {
    answerWith({ metadata: { uid: '0b1c' } });

    assert.equal(await readClusterId(kube), '0b1c');
  });

  it('has the version that the chart labels', async () => {
    const metadata = { labels: { 'app.kubernetes.io/version': 'v1.21.1' } };
    answerWith({ metadata, spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: {} } }] } });

    assert.deepEqual(await readInstalledComponents(kube), {
      certManager: { version: 'v1.21.1', canDisableRenewal: false },
      trustManager: { version: 'v1.21.1' },
    });
  });
});
