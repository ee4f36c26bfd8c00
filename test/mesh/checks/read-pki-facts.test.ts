import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { SecretName } from '../../../domain/checks/facts.ts';
import { documentedObjects as objects } from '../../../domain/objects.ts';
import type { Sources } from '../../../domain/sources.ts';
import { copyAnchorPair } from '../../../mesh/anchors.ts';
import { readPkiFacts } from '../../../mesh/checks/read-pki-facts.ts';
import { secretRef } from '../../../mesh/tls-secret.ts';
import { makeRoot } from '../../support/certificates.ts';
import type { TlsSecret } from '../../support/tls-secret.ts';
import { tlsSecret } from '../../support/tls-secret.ts';
import type { SimulatedPki } from '../../support/simulated-pki.ts';
import { startPki } from '../../support/simulated-pki.ts';

const { trustNamespace, linkerdNamespace } = objects;
const applied = 'kubectl.kubernetes.io/last-applied-configuration';
const imported: Sources = { anchor: 'imported', bridge: 'certManager' };

describe('keys that kubectl apply has left in annotations', () => {
  let pki: SimulatedPki;

  beforeEach(async () => {
    pki = await startPki();
    // The command of the guide leaves one on the copy, which a rotation removes.
    const { trustAnchor: from, previousAnchor: to } = objects;
    await copyAnchorPair(pki.kube, { namespace: trustNamespace, from, to });
  });
  afterEach(() => pki.stop());

  async function found(sources?: Sources): Promise<readonly SecretName[]> {
    const question = { objects, ...(sources === undefined ? {} : { sources }) };
    const facts = await readPkiFacts(pki.kube, question);
    assert.doesNotMatch(inspect(facts, { depth: 9 }), /PRIVATE KEY|tls\.key/);
    assert.ok(facts.appliedKeys.found);
    return facts.appliedKeys.value;
  }

  /** As after `kubectl apply` of these data. */
  async function apply(namespace: string, name: string, data: object): Promise<void> {
    const annotations = { [applied]: JSON.stringify({ kind: 'Secret', data }) };
    const ref = secretRef(namespace, name);
    await pki.kube.patch(ref, { metadata: { annotations } }, 'merge');
  }

  async function pair(): Promise<TlsSecret['data']> {
    return tlsSecret(await makeRoot('root')).data;
  }

  it('are told by the name of their Secret alone', async () => {
    assert.deepEqual(await found(), []);
    await apply(trustNamespace, objects.trustAnchor, await pair());
    await apply(linkerdNamespace, objects.identityIssuer, await pair());
    assert.deepEqual(await found(), [
      { namespace: trustNamespace, name: objects.trustAnchor },
      { namespace: linkerdNamespace, name: objects.identityIssuer },
    ]);
  });

  it('are none where the annotation has a certificate alone', async () => {
    const { 'tls.crt': certificate } = await pair();
    await apply(trustNamespace, objects.trustAnchor, { 'tls.crt': certificate });
    assert.deepEqual(await found(), []);
  });

  it('are looked for in the Secret of a hand-in where there may be one', async () => {
    const data = await pair();
    const ref = secretRef(trustNamespace, objects.nextAnchor);
    await pki.kube.create(ref, { type: 'kubernetes.io/tls', data });
    await apply(trustNamespace, objects.nextAnchor, data);
    assert.deepEqual(await found(), []);
    assert.deepEqual(await found(imported), [
      { namespace: trustNamespace, name: objects.nextAnchor },
    ]);
  });
});
