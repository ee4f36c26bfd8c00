import assert from 'node:assert/strict';
import { createHash, createPublicKey, KeyObject, X509Certificate } from 'node:crypto';
import {
  createSigningRequest,
  publicKeyOfRequest,
} from '../../mesh/certificate-signing-request.ts';
import {
  CertificateParseError,
  keyMatches,
  parseCertificate,
  parseChain,
} from '../../mesh/x509.ts';
import { makeCertificate, makeRoot } from '../support/certificates.ts';

describe('reading certificates', () => {
  it('gives the facts of a root', async () => {
    const root = await makeRoot('root.linkerd.cluster.local');
    const theirs = new X509Certificate(root.pem);

    const facts = await parseCertificate(root.pem);

    assert.equal(facts.fingerprint, theirs.fingerprint256.replaceAll(':', '').toLowerCase());
    assert.equal(facts.subject, 'CN=root.linkerd.cluster.local');
    assert.equal(facts.issuer, facts.subject);
    assert.equal(facts.keyAlgorithm, 'ECDSA P-256');
    assert.equal(facts.isCa, true);
    assert.equal(facts.pathLength, undefined);
    assert.equal(facts.authorityKeyId, undefined);
    assert.equal(facts.notAfter, theirs.validToDate.toISOString());
    assert.deepEqual(facts.extendedKeyUsages, []);
    assert.match(facts.subjectKeyId, /^[0-9a-f]{40}$/);
  });

  it('gives the facts of a leaf, and derives the key identifier that it lacks', async () => {
    const root = await makeRoot('root');
    const leaf = await makeCertificate({
      commonName: 'web',
      signer: root,
      dnsNames: ['web.shop.serviceaccount.identity.linkerd.cluster.local'],
      usages: ['serverAuth', 'clientAuth'],
    });
    const rootFacts = await parseCertificate(root.pem);

    const facts = await parseCertificate(new Uint8Array(leaf.certificate.rawData));

    assert.equal(facts.isCa, false);
    assert.equal(facts.authorityKeyId, rootFacts.subjectKeyId);
    assert.deepEqual(facts.dnsNames, ['web.shop.serviceaccount.identity.linkerd.cluster.local']);
    assert.deepEqual(facts.extendedKeyUsages, ['serverAuth', 'clientAuth']);
    assert.match(facts.subjectKeyId, /^[0-9a-f]{40}$/);
  });

  it('decodes a certificate once, however often surveys read it', async () => {
    const { pem } = await makeRoot('root.linkerd.cluster.local');
    assert.equal(await parseCertificate(`${pem}\n`), await parseCertificate(pem));
    assert.equal((await parseChain(`${pem}\n${pem}`))[1], await parseCertificate(pem));
  });

  it('shares the public key between twins of one key', async () => {
    const root = await makeRoot('b');
    const twin = await makeCertificate({
      commonName: 'b',
      signer: await makeRoot('a'),
      keys: root.keys,
      isCa: true,
      pathLength: 2,
    });

    const [one, other] = await parseChain(`${root.pem}\n${twin.pem}`);

    assert.equal(one?.publicKey, other?.publicKey);
    assert.notEqual(one?.fingerprint, other?.fingerprint);
    assert.equal(other?.pathLength, 2);
  });

  it('names an RSA key', async () => {
    const root = await makeCertificate({ commonName: 'rsa', isCa: true, algorithm: 'rsa' });

    assert.equal((await parseCertificate(root.pem)).keyAlgorithm, 'RSA 2048');
  });

  it('tells whether a key belongs to a certificate', async () => {
    const [one, other] = [await makeRoot('one'), await makeRoot('other')];
    const facts = await parseCertificate(one.pem);

    assert.equal(keyMatches(one.keyPem, facts), true);
    assert.equal(keyMatches(other.keyPem, facts), false);
    assert.equal(keyMatches('', facts), false);
  });

  it('refuses what is no certificate without quoting it', async () => {
    const root = await makeRoot('root');

    await assert.rejects(parseCertificate(root.keyPem), (error) => {
      assert.ok(error instanceof CertificateParseError);
      assert.doesNotMatch(error.message, /PRIVATE|[A-Za-z0-9+/]{40}/);
      return true;
    });
    await assert.rejects(
      parseCertificate('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'),
      CertificateParseError,
    );
  });

  it('makes a signing request of its own key', async () => {
    const request = await createSigningRequest({ commonName: 'probe', dnsNames: ['probe.test'] });
    const privateKey = KeyObject.from(request.privateKey);
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });

    assert.equal(
      await publicKeyOfRequest(request.csrPem),
      createHash('sha256').update(spki).digest('hex'),
    );
  });
});
