import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { z } from 'zod';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { holdsPrivateKey } from '../../domain/private-keys.ts';
import {
  copyAnchorPair,
  hasIntermediate,
  readAnchor,
  writeAnchorCertificate,
} from '../../mesh/anchors.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import { copyKeyPair } from '../../mesh/key-pair-copy.ts';
import { readTlsSecret, secretRef, TlsSecretError } from '../../mesh/tls-secret.ts';
import type { OffClusterAnchor } from '../support/certificates.ts';
import { makeOffClusterAnchor, makeRoot } from '../support/certificates.ts';
import { offClusterSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';

const namespace = objects.trustNamespace;
const applied = 'kubectl.kubernetes.io/last-applied-configuration';
const anchorRef = certificateRef(namespace, objects.trustAnchor);

describe('the Secrets of anchors', () => {
  let pki: SimulatedPki;

  beforeEach(async () => {
    pki = await startPki();
  });

  afterEach(async () => {
    await pki.stop();
  });

  function anchorOf(name: string): ReturnType<typeof readAnchor> {
    return readAnchor(pki.kube, { namespace, name });
  }

  async function renewAnchor(): Promise<string> {
    const since = await markBeforeRenewal(pki.kube, anchorRef);
    const renewed = await renewCertificate(pki.kube, anchorRef, { ...soon(), since, token: 't' });
    return renewed.certificate.fingerprint;
  }

  function base64(text: string): string {
    return Buffer.from(text).toString('base64');
  }

  it('are read as public facts', async () => {
    const anchor = await anchorOf(objects.trustAnchor);

    assert.equal(anchor?.hasKey, true);
    assert.equal(anchor.certificate.isCa, true);
    assert.match(anchor.pem, /^-----BEGIN CERTIFICATE-----/);
    assert.doesNotMatch(inspect(anchor, { depth: 9 }), /PRIVATE KEY/);
    assert.equal(await anchorOf('no-such'), undefined);
  });

  it('hold the same pair after the copy, once', async () => {
    const renewed = await renewAnchor();
    const pair = { namespace, from: objects.trustAnchor, to: objects.previousAnchor };

    const first = await copyAnchorPair(pki.kube, pair);
    const second = await copyAnchorPair(pki.kube, pair);

    assert.equal(first.changed, true);
    assert.equal(second.changed, false);
    assert.equal(first.certificate.fingerprint, renewed);
    assert.doesNotMatch(inspect(first, { depth: 9 }), /PRIVATE KEY/);
    const previous = await anchorOf(objects.previousAnchor);
    assert.equal(previous?.certificate.fingerprint, renewed);
    assert.equal(previous.hasKey, true);
  });

  describe('that kubectl apply has written', () => {
    const pair = { namespace, from: objects.trustAnchor, to: objects.previousAnchor };
    const copyRef = secretRef(namespace, objects.previousAnchor);
    const annotated = z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
    });
    let before: Readonly<Record<string, string>>;

    async function annotationsOfCopy(): Promise<Readonly<Record<string, string>>> {
      return (await pki.kube.get(copyRef, annotated))?.metadata.annotations ?? {};
    }

    /** Others' annotations stay. */
    async function assertOnlyKubectlsIsGone(): Promise<void> {
      const { [applied]: given = '', ...others } = before;
      assert.equal(holdsPrivateKey(given), true);
      assert.deepEqual(await annotationsOfCopy(), others);
    }

    beforeEach(async () => {
      before = await annotationsOfCopy();
    });

    it('keep no key in an annotation after another pair is copied', async () => {
      await renewAnchor();
      assert.equal((await copyAnchorPair(pki.kube, pair)).changed, true);
      await assertOnlyKubectlsIsGone();
    });

    it('keep no key in an annotation where they hold the pair already', async () => {
      assert.equal((await copyAnchorPair(pki.kube, pair)).changed, false);
      assert.equal((await anchorOf(objects.previousAnchor))?.hasKey, true);
      await assertOnlyKubectlsIsGone();
    });

    it('keep no key in an annotation beside a certificate alone', async () => {
      const anchor = await anchorOf(objects.trustAnchor);
      assert.ok(anchor);
      await writeAnchorCertificate(pki.kube, { namespace, name: objects.previousAnchor }, anchor);
      assert.equal((await anchorOf(objects.previousAnchor))?.hasKey, false);
      await assertOnlyKubectlsIsGone();
    });
  });

  it('are not copied where the Secret holds another one than was meant', async () => {
    const pair = { namespace, from: objects.trustAnchor, to: 'meant', only: 'another' };

    await assert.rejects(copyAnchorPair(pki.kube, pair), {
      name: 'TlsSecretError',
      message: /where another was expected; nothing was written/,
    });
    assert.equal(await anchorOf('meant'), undefined);
  });

  it('get a target that is missing, and keep the type of one that is there', async () => {
    const pair = { namespace, from: objects.trustAnchor };
    await pki.kube.create(secretRef(namespace, 'opaque'), { type: 'Opaque', data: {} });

    await copyAnchorPair(pki.kube, { ...pair, to: 'fresh' });
    await copyAnchorPair(pki.kube, { ...pair, to: 'opaque' });

    const [fresh, opaque] = await Promise.all(
      ['fresh', 'opaque'].map((name) => readTlsSecret(pki.kube, secretRef(namespace, name))),
    );
    assert.equal(fresh?.type, 'kubernetes.io/tls');
    assert.equal(opaque?.type, 'Opaque');
    assert.equal(opaque.hasKey, true);
    assert.equal(opaque.ca?.fingerprint, opaque.certificate.fingerprint);
  });

  describe('for which an intermediate CA signs', () => {
    const pair = { namespace, from: 'off-cluster', to: 'copy' };
    let made: OffClusterAnchor;

    beforeEach(async () => {
      made = await makeOffClusterAnchor('elsewhere');
      await pki.kube.create(secretRef(namespace, pair.from), offClusterSecret(made));
    });

    it('are read as the anchor, with what signs beside it', async () => {
      const anchor = await anchorOf(pair.from);
      assert.equal(anchor?.pem, made.root.pem);
      assert.equal(anchor.certificate.subject, 'CN=elsewhere');
      assert.equal(anchor.signer.subject, 'CN=intermediate.elsewhere');
      assert.equal(hasIntermediate(anchor), true);
      assert.equal(anchor.hasKey, true);
      assert.doesNotMatch(inspect(anchor, { depth: 9 }), /PRIVATE KEY/);
    });

    it('are copied whole, by the name of the anchor', async () => {
      const only = (await anchorOf(pair.from))?.certificate.fingerprint ?? '';
      assert.equal((await copyAnchorPair(pki.kube, { ...pair, only })).changed, true);
      assert.equal((await copyAnchorPair(pki.kube, { ...pair, only })).changed, false);
      const copy = await anchorOf(pair.to);
      assert.equal(copy?.certificate.fingerprint, only);
      assert.equal(copy.hasKey, true);
      await assert.rejects(
        copyAnchorPair(pki.kube, { ...pair, to: 'other', only: copy.signer.fingerprint }),
        /nothing was written to/,
      );
    });
  });

  it('have themselves as ca.crt after the copy, whatever the owner left out', async () => {
    const { pem, keyPem } = await makeRoot('bare');
    const data = { 'tls.crt': base64(pem), 'tls.key': base64(keyPem) };
    for (const name of ['bare', 'copy']) {
      await pki.kube.create(secretRef(namespace, name), { type: 'kubernetes.io/tls', data });
    }
    const pair = { namespace, from: 'bare', to: 'copy' };
    assert.equal((await copyAnchorPair(pki.kube, pair)).changed, true);
    const copy = await readTlsSecret(pki.kube, secretRef(namespace, 'copy'));
    assert.equal(copy?.ca?.fingerprint, copy?.certificate.fingerprint);
  });

  it('are not copied when the key does not belong to the certificate', async () => {
    const stranger = await makeRoot('stranger');
    const data = { 'tls.key': base64(stranger.keyPem) };
    const before = await anchorOf(objects.previousAnchor);
    await pki.kube.create(secretRef(namespace, 'odd'), {
      data: { 'tls.crt': base64((await makeRoot('other')).pem), ...data },
    });

    await assert.rejects(
      copyAnchorPair(pki.kube, { namespace, from: 'odd', to: objects.previousAnchor }),
      (error) => {
        assert.ok(error instanceof TlsSecretError);
        assert.match(error.message, /does not belong to certificate/);
        assert.doesNotMatch(error.message, /PRIVATE/);
        return true;
      },
    );
    assert.equal(
      (await anchorOf(objects.previousAnchor))?.resourceVersion,
      before?.resourceVersion,
    );
  });

  it('are not copied without a key, over namespaces, or into a Secret of cert-manager', async () => {
    const { kube } = pki;
    const certOnly = { 'tls.crt': base64((await makeRoot('x')).pem), 'tls.key': '' };
    await kube.create(secretRef(namespace, 'keyless'), { data: certOnly });
    const from = secretRef(namespace, objects.trustAnchor);

    await assert.rejects(
      copyAnchorPair(kube, { namespace, from: 'keyless', to: 'y' }),
      /does not belong/,
    );
    await assert.rejects(
      copyAnchorPair(kube, { namespace, from: 'missing', to: 'y' }),
      /rotate with method overlap/,
    );
    await assert.rejects(
      copyKeyPair(kube, { from, to: secretRef('default', 'y') }),
      /does not leave its namespace/,
    );
    await assert.rejects(
      copyAnchorPair(kube, { namespace, from: objects.previousAnchor, to: objects.trustAnchor }),
      /is written by Certificate linkerd-trust-anchor/,
    );
  });

  it('tell a Secret without a readable certificate', async () => {
    await pki.kube.create(secretRef(namespace, 'empty'), { data: {} });
    const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
    await pki.kube.create(secretRef(namespace, 'broken'), { data: { 'tls.crt': base64(broken) } });

    await assert.rejects(anchorOf('empty'), /holds no certificate in tls\.crt/);
    await assert.rejects(anchorOf('broken'), /cannot be read/);
  });

  it('are overwritten where they held nonsense', async () => {
    await pki.kube.create(secretRef(namespace, 'empty'), { data: {} });

    const copied = await copyAnchorPair(pki.kube, {
      namespace,
      from: objects.trustAnchor,
      to: 'empty',
    });

    assert.equal(copied.changed, true);
  });
});
