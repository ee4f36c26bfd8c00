import type { Anchor } from '../../../domain/anchors.ts';
import { parseCertificate } from '../../../mesh/x509.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { makeCertificate, makeRoot } from '../../support/certificates.ts';

/** Two anchors of one name, an issuer under each, and the bridge: the hard case for path building. */
export interface TestPki {
  readonly A: MadeCertificate;
  readonly B: MadeCertificate;
  readonly a: MadeCertificate;
  readonly b: MadeCertificate;
  /** Bx: B's name and key, signed by A. */
  readonly bridge: MadeCertificate;
}

export async function makeTestPki(): Promise<TestPki> {
  const root = 'root.linkerd.cluster.local';
  const issuer = 'identity.linkerd.cluster.local';
  const A = await makeRoot(root);
  const B = await makeRoot(root);
  return {
    A,
    B,
    a: await makeCertificate({ commonName: issuer, signer: A, isCa: true }),
    b: await makeCertificate({ commonName: issuer, signer: B, isCa: true }),
    bridge: await makeCertificate({ commonName: root, signer: A, keys: B.keys, isCa: true }),
  };
}

export async function anchorOf({ pem }: MadeCertificate): Promise<Anchor> {
  return { pem, certificate: await parseCertificate(pem) };
}
