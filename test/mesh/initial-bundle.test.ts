import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { makeInitialBundle } from '../../mesh/initial-bundle.ts';
import { secretRef } from '../../mesh/tls-secret.ts';
import { makeOffClusterAnchor } from '../support/certificates.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';

describe('the bundle that linkerd-identity is to start with', () => {
  let pki: SimulatedPki;

  before(async () => {
    pki = await startPki();
  });
  after(() => pki.stop());

  it('holds a root, and not the intermediate CA that signs for it', async () => {
    const { root, intermediate } = await makeOffClusterAnchor('elsewhere');
    const text = (pem: string): string => Buffer.from(pem).toString('base64');
    const { pem, keyPem } = intermediate;
    const data = { 'ca.crt': text(root.pem), 'tls.crt': text(pem), 'tls.key': text(keyPem) };
    await pki.kube.create(secretRef(objects.trustNamespace, 'off-cluster'), { data });
    const names = { trustAnchor: 'off-cluster', previousAnchor: 'none', identityIssuer: 'none' };

    const made = await makeInitialBundle(pki.kube, { ...objects, ...names }, Date.now());

    assert.equal(made.pem, root.pem);
    assert.deepEqual(
      made.anchors.map(({ subject }) => subject),
      ['CN=elsewhere'],
    );
  });
});
