import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { awaitCertificates, makeInitialBundle } from '../../mesh/initial-bundle.ts';
import { secretRef } from '../../mesh/tls-secret.ts';
import { DeadlineError } from '../../mesh/wait.ts';
import { makeOffClusterAnchor } from '../support/certificates.ts';
import { offClusterSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';

describe('the bundle that linkerd-identity is to start with', () => {
  let pki: SimulatedPki;

  before(async () => {
    pki = await startPki();
  });
  after(() => pki.stop());

  it('holds a root, and not the intermediate CA that signs for it', async () => {
    const anchor = await makeOffClusterAnchor('elsewhere');
    await pki.kube.create(
      secretRef(objects.trustNamespace, 'off-cluster'),
      offClusterSecret(anchor),
    );
    const names = { trustAnchor: 'off-cluster', previousAnchor: 'none', identityIssuer: 'none' };

    const made = await makeInitialBundle(pki.kube, { ...objects, ...names }, Date.now());

    assert.equal(made.pem, anchor.root.pem);
    assert.deepEqual(
      made.anchors.map(({ subject }) => subject),
      ['CN=elsewhere'],
    );
  });

  it('is waited for where an owner hands the anchor in, which no Certificate makes', async () => {
    const { root } = await makeOffClusterAnchor('handed-in');
    const handedIn = { ...objects, trustAnchor: 'handed-in' };
    const until = (ms: number): Promise<void> =>
      awaitCertificates(pki.kube, handedIn, {
        deadlineMs: Date.now() + ms,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
    await assert.rejects(until(300), (error) => {
      assert.ok(error instanceof DeadlineError);
      assert.match(error.message, /Certificate cert-manager\/handed-in does not exist yet/);
      return true;
    });

    const text = (pem: string): string => Buffer.from(pem).toString('base64');
    const data = { 'tls.crt': text(root.pem), 'tls.key': text(root.keyPem) };
    await pki.kube.create(secretRef(objects.trustNamespace, 'handed-in'), { data });
    await until(20_000);
  });
});
