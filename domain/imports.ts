import type { CertificateFacts } from './certificate.ts';
import { isInDate } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import { intermediateFaults } from './intermediate.ts';
import type { MeshObjects } from './objects.ts';
import type { Sourced } from './sources.ts';
import { importsBridge } from './sources.ts';
import { successorFaults } from './successor.ts';

/** cert-manager replaces whatever somebody else writes into the Secret of a Certificate. */
export const noCertificateBesideOwner =
  'delete it (its Secret stays, unless cert-manager runs with --enable-certificate-owner-ref), or let cert-manager be the source of the anchor';

/** What the rotation does not make itself, and waits for. */
export type ImportKind = 'anchor' | 'bridge';

/** An anchor as its owner has handed it in. */
export interface HandedInAnchor {
  readonly certificate: CertificateFacts;
  /** The CA in `tls.crt` that signs for it, where its own key stays elsewhere. */
  readonly intermediate?: CertificateFacts;
  /** Name of the Secret that it lies in. */
  readonly secretName: string;
  /** Certificates in `tls.crt`. */
  readonly certificates: number;
  /** Whether the private key of what lies in `tls.crt` lies beside it. */
  readonly hasKey: boolean;
}

/** What a handed-in anchor is judged against. */
export interface AnchorImport extends Sourced {
  readonly a: CertificateFacts;
  /** The identity issuer in use. */
  readonly issuer: CertificateFacts;
  readonly objects: MeshObjects;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** What the owner of the new anchor has to do, while nothing is there to be judged. */
export function anchorAwaited(objects: MeshObjects): Laggard {
  return {
    what: 'new trust anchor',
    reason: `is not in Secret ${objects.trustNamespace}/${objects.nextAnchor} yet`,
    remedy: `put its pair there: kubectl -n ${objects.trustNamespace} create secret tls ${objects.nextAnchor} --cert anchor.crt --key anchor.key`,
  };
}

/** What lies in the Secret for hand-ins, or in that of the anchor, stands for none. */
export function noAnchor(objects: MeshObjects, secretName: string, reason: string): Laggard {
  return { what, reason, remedy: `${fitPair(objects, secretName)}; ${layoutOffCluster}` };
}

/** Why a handed-in anchor cannot be taken over; a successor that cert-manager made is judged by the same rules. */
export function anchorImportFaults(
  handedIn: HandedInAnchor,
  ask: AnchorImport,
): readonly Laggard[] {
  const { certificate, secretName } = handedIn;
  const remedy = fitPair(ask.objects, secretName);
  return [
    ...successorFaults(certificate, ask.a, remedy),
    ...keyFaults(handedIn, remedy),
    ...[...certificateFaults(handedIn, ask), ...signerFaults(handedIn, ask)].map((reason) => ({
      what,
      reason,
      remedy,
    })),
    ...bridgeFaults(handedIn, ask),
  ];
}

const what = 'new trust anchor';
const layoutOffCluster =
  'a root whose key stays out of the cluster goes into ca.crt, and a CA that it has signed into tls.crt and tls.key';

function fitPair({ trustNamespace }: MeshObjects, secretName: string): string {
  return `put a fit pair into Secret ${trustNamespace}/${secretName} in its place`;
}

function keyFaults({ hasKey, intermediate }: HandedInAnchor, remedy: string): readonly Laggard[] {
  if (hasKey) return [];
  if (intermediate !== undefined) {
    const reason = `comes without the private key (tls.key) of ${intermediate.subject}, which signs for it`;
    return [{ what, reason, remedy }];
  }
  return [
    {
      what,
      reason:
        'comes without its private key (tls.key), so nothing could sign the identity issuer with it',
      remedy: `${remedy}; ${layoutOffCluster}`,
    },
  ];
}

function certificateFaults(
  { certificate, certificates }: HandedInAnchor,
  { issuer, atMs }: AnchorImport,
): readonly string[] {
  return [
    certificates === 1
      ? undefined
      : `stands in tls.crt with ${String(certificates - 1)} more, so cert-manager cannot sign with it`,
    isInDate(certificate, atMs)
      ? undefined
      : `is not in its dates (from ${certificate.notBefore} to ${certificate.notAfter})`,
    certificate.lacksCertSign === true
      ? 'has a key usage that lets it sign no certificates'
      : undefined,
    certificate.subject === issuer.subject
      ? 'has the subject of the identity issuer, which path building cannot tell apart'
      : undefined,
  ].filter((reason) => reason !== undefined);
}

function signerFaults(
  { certificate: root, intermediate }: HandedInAnchor,
  { issuer, atMs }: AnchorImport,
): readonly string[] {
  return intermediate === undefined ? [] : intermediateFaults({ root, intermediate, issuer }, atMs);
}

/** The request for a bridge is signed by the key of the new anchor, which nobody has here. */
function bridgeFaults({ intermediate }: HandedInAnchor, ask: AnchorImport): readonly Laggard[] {
  if (intermediate === undefined || !importsBridge(ask)) return [];
  return [
    {
      what,
      reason: 'has its key elsewhere, so no bridge to it can be asked for',
      remedy:
        'abort and rotate without an imported bridge, by method overlap; or hand in an anchor with its own key',
    },
  ];
}

/** What the owner of the anchor in use has to do. */
export function bridgeAwaited(
  reason: string,
  ask: { readonly a: CertificateFacts; readonly neededUntil: string },
): Laggard {
  return {
    what: 'bridge',
    reason,
    remedy: `linkerd-trust bridge-request > bridge.csr; have the key of ${ask.a.subject} sign it as a CA that ends after ${ask.neededUntil}; linkerd-trust import-bridge --cert bridge.crt`,
  };
}
