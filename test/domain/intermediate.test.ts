import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { intermediateFaults } from '../../domain/intermediate.ts';
import { fakeCertificate, fakeNowMs } from '../support/fake-certificates.ts';

const dayMs = 86_400_000;
const root = fakeCertificate({ subject: 'CN=root', key: 'R', isCa: true });
const made = fakeCertificate({ subject: 'CN=below', key: 'I', signer: root, isCa: true });
const issuer = {
  ...fakeCertificate({ subject: 'CN=identity', key: 'i', isCa: true }),
  extendedKeyUsages: ['serverAuth', 'clientAuth'],
  notBefore: new Date(fakeNowMs - dayMs).toISOString(),
  notAfter: new Date(fakeNowMs + dayMs).toISOString(),
};

function faults(
  ofIntermediate: Partial<CertificateFacts>,
  ofRoot: Partial<CertificateFacts> = {},
): readonly string[] {
  const chain = { root: { ...root, ...ofRoot }, intermediate: { ...made, ...ofIntermediate } };
  return intermediateFaults({ ...chain, issuer }, fakeNowMs);
}

describe('a CA that signs for an anchor whose key is elsewhere', () => {
  it('is fit without path lengths, and with the least that leave room', () => {
    assert.deepEqual(faults({}), []);
    assert.deepEqual(faults({ pathLength: 1 }, { pathLength: 2 }), []);
    assert.deepEqual(faults({ extendedKeyUsages: ['serverAuth', 'clientAuth'] }), []);
  });

  const at = (afterMs: number): string => new Date(fakeNowMs + afterMs).toISOString();
  const unfit: readonly (readonly [string, Partial<CertificateFacts>, RegExp])[] = [
    ['that is no CA', { isCa: false }, /by CN=below, which is not a CA$/],
    ['with another kind of key', { keyAlgorithm: 'RSA 2048' }, /Linkerd wants ECDSA P-256$/],
    ['whose key may sign nothing', { lacksCertSign: true }, /lets it sign no certificates$/],
    ['named as its root', { subject: root.subject }, /bears the name of the anchor/],
    ['named as the issuer', { subject: issuer.subject }, /bears the name of the identity issuer/],
    ['that has ended', { notAfter: at(-1) }, /is not in its dates/],
    ['that has not begun', { notBefore: at(1) }, /is not in its dates/],
    ['that ends before the next issuer', { notAfter: at(2 * dayMs - 1) }, /^is .* which ends on/],
    ['with path length 0', { pathLength: 0 }, /that of CN=below 0 \(1 or none\)/],
    ['for servers alone', { extendedKeyUsages: ['serverAuth'] }, /usages are serverAuth \(/],
  ];
  for (const [name, facts, reason] of unfit) {
    it(`is refused ${name}`, () => {
      const found = faults(facts);
      assert.equal(found.length, 1, found.join('; '));
      assert.match(found[0] ?? '', reason);
    });
  }

  it('is refused under a root whose path length leaves no room for an issuer below it', () => {
    assert.match(faults({}, { pathLength: 1 }).join(), /its path length is 1 \(2 or none/);
  });
});
