import type { CertificateFacts } from './certificate.ts';
import { isInDate } from './certificate.ts';
import { goAccepts, webpkiAccepts } from './chain.ts';

/** As texts name it. */
export const intermediateName = 'the intermediate CA that signs for the trust anchor';

/** Nothing in the cluster can: what would sign it is the key of the anchor. No rotation is needed for it. */
export const renewIntermediate =
  "have the anchor's owner sign another intermediate CA, and put its pair into the Secrets of the anchor";

/** An anchor whose own key is never in the cluster, and who stands below it there. */
export interface OffClusterChain {
  readonly root: CertificateFacts;
  /** Signed by the root, which has been verified; its key is in the cluster. */
  readonly intermediate: CertificateFacts;
  /** The identity issuer in use: the next one is made alike. */
  readonly issuer: CertificateFacts;
}

/** Why nothing could be signed for an anchor with this CA under it, each a clause about the anchor. */
export function intermediateFaults(chain: OffClusterChain, atMs: number): readonly string[] {
  const { root, intermediate, issuer } = chain;
  const { subject, notBefore, notAfter } = intermediate;
  const neededUntilMs = atMs + Date.parse(issuer.notAfter) - Date.parse(issuer.notBefore);
  const faults = [
    intermediate.isCa ? undefined : 'is not a CA',
    intermediate.keyAlgorithm === 'ECDSA P-256'
      ? undefined
      : `has a key of type ${intermediate.keyAlgorithm}, Linkerd wants ECDSA P-256`,
    intermediate.lacksCertSign === true
      ? 'has a key usage that lets it sign no certificates'
      : undefined,
    subject === root.subject || subject === issuer.subject
      ? `bears the name of the ${subject === root.subject ? 'anchor' : 'identity issuer'}, which path building cannot tell apart`
      : undefined,
    dateFault(isInDate(intermediate, atMs), { notBefore, notAfter, neededUntilMs }),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0)
    return faults.map((fault) => `is signed for by ${subject}, which ${fault}`);
  return isPathOpen(chain, atMs) ? [] : [closedPath(chain)];
}

/** An identity issuer that ends after what has signed it verifies no longer than that. */
function dateFault(
  isInDateNow: boolean,
  {
    notBefore,
    notAfter,
    neededUntilMs,
  }: { readonly notBefore: string; readonly notAfter: string; readonly neededUntilMs: number },
): string | undefined {
  if (!isInDateNow) return `is not in its dates (from ${notBefore} to ${notAfter})`;
  if (Date.parse(notAfter) >= neededUntilMs) return undefined;
  return `ends on ${notAfter}, before an identity issuer that is made now (${new Date(neededUntilMs).toISOString()})`;
}

/**
 * Judges the very chain that there will be: a leaf, an issuer like the one in use, the intermediate, the
 * root. By Go's rules, too, though only the issuer file meets them in a mesh: they are those of everyone
 * else who may look at a leaf, and count the path length of the root.
 */
function isPathOpen({ root, intermediate, issuer }: OffClusterChain, atMs: number): boolean {
  const below = {
    ...issuer,
    issuer: intermediate.subject,
    notBefore: intermediate.notBefore,
    notAfter: intermediate.notAfter,
  };
  const leaf = {
    ...below,
    fingerprint: '',
    subject: 'CN=leaf',
    publicKey: '',
    issuer: issuer.subject,
    isCa: false,
    extendedKeyUsages: [],
  };
  // The root's dates and its signature are judged elsewhere; the others have none yet.
  const anchor = { ...root, notBefore: intermediate.notBefore, notAfter: intermediate.notAfter };
  const [chain, check] = [[leaf, below, intermediate], { atMs, signedBy: () => true }];
  return (
    webpkiAccepts(chain, [anchor], { ...check, usage: 'serverAuth' }).accepted &&
    webpkiAccepts(chain, [anchor], { ...check, usage: 'clientAuth' }).accepted &&
    goAccepts(chain, [anchor], check).accepted
  );
}

function closedPath({ root, intermediate }: OffClusterChain): string {
  const length = ({ pathLength }: CertificateFacts): string =>
    pathLength === undefined ? 'none' : String(pathLength);
  const usages = intermediate.extendedKeyUsages;
  return `would not verify a leaf behind ${intermediate.subject} and the identity issuer: its path length is ${length(root)} (2 or none is needed), that of ${intermediate.subject} ${length(intermediate)} (1 or none), whose extended key usages are ${usages.length === 0 ? 'none' : usages.join(', ')} (serverAuth and clientAuth, or none)`;
}
