import assert from 'node:assert/strict';
import { createLeafReader } from '../../../mesh/observation/leaf-facts.ts';
import { CertificateParseError, parseCertificate } from '../../../mesh/x509.ts';
import { makeCertificate, makeRoot } from '../../support/certificates.ts';

describe('reading a leaf', () => {
  it('finds what parsing the whole certificate finds, in everything that a verdict needs', async () => {
    const root = await makeRoot('root.linkerd.cluster.local');
    const wanted = [
      { commonName: 'web', usages: ['serverAuth', 'clientAuth'], dnsNames: ['web.shop'] },
      { commonName: 'only-client', usages: ['clientAuth'] },
      { commonName: 'no-usages' },
      { commonName: 'ca', isCa: true, pathLength: 0 },
      { commonName: 'rsa', algorithm: 'rsa' },
    ] as const;
    const reader = createLeafReader();
    for (const one of wanted) {
      const { certificate } = await makeCertificate({ ...one, signer: root });
      const der = new Uint8Array(certificate.rawData);
      const { issuer, notBefore, notAfter, isCa, extendedKeyUsages } = reader.read(der);
      const whole = await parseCertificate(der);
      assert.deepEqual(
        { issuer, notBefore, notAfter, isCa, extendedKeyUsages },
        {
          issuer: whole.issuer,
          notBefore: whole.notBefore,
          notAfter: whole.notAfter,
          isCa: whole.isCa,
          extendedKeyUsages: whole.extendedKeyUsages,
        },
        one.commonName,
      );
    }
  });

  it('tells keys apart, and knows one again', async () => {
    const reader = createLeafReader();
    const one = await makeRoot('one');
    const twin = await makeCertificate({ commonName: 'twin', keys: one.keys });
    const other = await makeRoot('other');
    const [first, second, third] = [one, twin, other].map(
      ({ certificate }) => reader.read(new Uint8Array(certificate.rawData)).publicKey,
    );
    assert.equal(first, second);
    assert.notEqual(first, third);
  });

  it('refuses what is no certificate, wherever it is cut', async () => {
    const { certificate } = await makeRoot('root');
    const der = new Uint8Array(certificate.rawData);
    const reader = createLeafReader();
    for (let length = 0; length < der.length; length += 7) {
      assert.throws(
        () => reader.read(der.subarray(0, length)),
        CertificateParseError,
        String(length),
      );
    }
    assert.throws(() => reader.read(new Uint8Array([0x30, 0x80, 0, 0])), CertificateParseError);
    assert.throws(() => reader.read(new Uint8Array([0x30, 0])), CertificateParseError);
  });
});
