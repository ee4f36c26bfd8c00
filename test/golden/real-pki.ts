import type { RealCertificate, WantedCertificate } from './real-certificates.ts';
import { makeReal } from './real-certificates.ts';

/** As linkerd.md names them: under A, under B behind the bridge, under B. */
export type Kind = 'a' | 'x' | 'b';
export type Holds = 'A' | 'A,B' | 'B';
type Change = Partial<WantedCertificate>;

export interface PkiOptions {
  readonly nameOfA?: string;
  readonly nameOfB?: string;
  readonly anchorA?: Change;
  readonly anchorB?: Change;
  readonly bridge?: Change;
  readonly issuer?: Change;
  readonly leaf?: Change;
}

export interface RealPki {
  readonly anchorA: RealCertificate;
  readonly anchorB: RealCertificate;
  /** B's subject and key, signed by A. */
  readonly bridge: RealCertificate;
  readonly anchors: Readonly<Record<Holds, readonly RealCertificate[]>>;
  /** Issuer files, issuer first. */
  readonly issuers: Readonly<Record<Kind, readonly RealCertificate[]>>;
  /** What a proxy presents, leaf first. */
  readonly leaves: Readonly<Record<Kind, readonly RealCertificate[]>>;
}

/** Two generations of a mesh's certificates and the bridge between them; all are CAs but the leaf. */
export async function realPki(options: PkiOptions = {}): Promise<RealPki> {
  const { nameOfA = 'CN=root', nameOfB = 'CN=root' } = options;
  const ca = { isCa: true };
  const anchorA = await makeReal({ subject: nameOfA, key: 'A', ...ca, ...options.anchorA });
  const anchorB = await makeReal({ subject: nameOfB, key: 'B', ...ca, ...options.anchorB });
  const bridge = await makeReal({
    ...{ subject: nameOfB, key: 'B', signer: anchorA, ...ca },
    // As cert-manager makes it where A and B share a name.
    authorityKeyId: 'none',
    ...options.bridge,
  });
  const issuer = (key: string, signer: RealCertificate): Promise<RealCertificate> =>
    makeReal({ subject: 'CN=identity', key, signer, ...ca, ...options.issuer });
  const issuerA = await issuer('a', anchorA);
  const issuerB = await issuer('b', anchorB);
  const leaf = (signer: RealCertificate): Promise<RealCertificate> =>
    makeReal({
      ...{ subject: 'CN=web', key: 'web', signer },
      extendedUsages: ['serverAuth', 'clientAuth'],
      ...options.leaf,
    });
  const [leafA, leafB] = [await leaf(issuerA), await leaf(issuerB)];
  return {
    anchorA,
    anchorB,
    bridge,
    anchors: { A: [anchorA], 'A,B': [anchorA, anchorB], B: [anchorB] },
    issuers: { a: [issuerA], x: [issuerB, bridge], b: [issuerB] },
    leaves: { a: [leafA, issuerA], x: [leafB, issuerB, bridge], b: [leafB, issuerB] },
  };
}
