import type { CertificateFacts } from '../../domain/certificate.ts';
import type { FakeCertificate } from './fake-certificates.ts';
import { fakeCertificate } from './fake-certificates.ts';

const bothUsages = ['serverAuth', 'clientAuth'];
/** The dates of a certificate that has ended before {@link fakeNowMs}. */
export const past = { notBefore: '2025-01-01T00:00:00.000Z', notAfter: '2025-12-31T00:00:00.000Z' };
/** … and of one that begins after it. */
export const future = {
  notBefore: '2026-07-01T00:00:00.000Z',
  notAfter: '2027-12-31T00:00:00.000Z',
};

type Change = Partial<FakeCertificate>;

interface PkiOptions {
  readonly nameOfA?: string;
  readonly nameOfB?: string;
  readonly anchorA?: Change;
  readonly issuer?: Change;
  readonly cross?: Change;
  readonly leaf?: Change;
}

interface Pki {
  readonly anchors: Readonly<Record<'A' | 'A,B' | 'B', readonly CertificateFacts[]>>;
  readonly anchorA: CertificateFacts;
  readonly issuers: Readonly<Record<Kind, readonly CertificateFacts[]>>;
  readonly leaves: Readonly<Record<Kind, readonly CertificateFacts[]>>;
}

type Kind = 'a' | 'x' | 'b';

/** Two generations of a mesh's certificates and the bridge between them. */
export function pkiWith(options: PkiOptions = {}): Pki {
  const { nameOfA = 'CN=root', nameOfB = 'CN=root' } = options;
  const ca = { isCa: true };
  const anchorA = fakeCertificate({ subject: nameOfA, key: 'A', ...ca, ...options.anchorA });
  const anchorB = fakeCertificate({ subject: nameOfB, key: 'B', ...ca });
  const cross = fakeCertificate({
    subject: nameOfB,
    key: 'B',
    signer: anchorA,
    ...ca,
    ...options.cross,
  });
  const issuer = (key: string, signer: CertificateFacts): CertificateFacts =>
    fakeCertificate({ subject: 'CN=identity', key, signer, ...ca, ...options.issuer });
  const issuerA = issuer('a', anchorA);
  const issuerB = issuer('b', anchorB);
  const leaf = (signer: CertificateFacts): CertificateFacts =>
    fakeCertificate({
      subject: 'CN=web',
      key: 'web',
      signer,
      extendedKeyUsages: bothUsages,
      ...options.leaf,
    });
  return {
    anchorA,
    anchors: { A: [anchorA], 'A,B': [anchorA, anchorB], B: [anchorB] },
    issuers: { a: [issuerA], x: [issuerB, cross], b: [issuerB] },
    leaves: {
      a: [leaf(issuerA), issuerA],
      x: [leaf(issuerB), issuerB, cross],
      b: [leaf(issuerB), issuerB],
    },
  };
}

/** Measured with real proxies: which server accepts which client certificate, by what it holds. */
export const measured = [
  { holds: 'A', accepted: { a: true, x: true, b: false } },
  { holds: 'A,B', accepted: { a: true, x: true, b: true } },
  { holds: 'B', accepted: { a: false, x: true, b: true } },
] as const;
