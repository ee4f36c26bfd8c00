import type { AnchorSet, App, Kind, Leaf, Replica, State } from './state.ts';
import { expired, Generation, noLeaf, Signer, A, AB, B } from './state.ts';

/**
 * How the processes of a mesh behave, in bits. Written without the domain's trust algebra, so that a
 * mistake there cannot hide here; the test compares the two on every pair.
 */

/** What is peculiar to the mesh that is explored. */
export interface Physics {
  /** A has path length 0: Go refuses [b, Bx] under A alone. */
  readonly pathLengthZero: boolean;
}

/** One end of a handshake. */
export interface End {
  readonly holds: AnchorSet;
  readonly leaf: Leaf;
  readonly odd: boolean;
}

export function appEnd(app: App): End {
  return app;
}

export function replicaEnd(replica: Replica): End {
  return { holds: replica.proxyHolds, leaf: replica.proxyLeaf, odd: false };
}

export function isValid(leaf: Leaf): boolean {
  return leaf !== noLeaf && leaf !== expired;
}

/** Whether a proxy accepts a chain of this kind, a peer's or its own. */
export function acceptsKind(verifier: { holds: AnchorSet; odd: boolean }, kind: Kind): boolean {
  if (verifier.odd && kind === AB) return (verifier.holds & B) !== 0;
  return (verifier.holds & kind) !== 0;
}

/** Whether `verifier` accepts the leaf that `peer` presents; an expired one is refused by everyone. */
export function acceptsLeaf(verifier: End, leaf: Leaf): boolean {
  return leaf !== noLeaf && leaf !== expired && acceptsKind(verifier, leaf);
}

export function handshake(one: End, other: End): boolean {
  return acceptsLeaf(one, other.leaf) && acceptsLeaf(other, one.leaf);
}

/** Whether an identity process that holds `holds` loads an issuer file of this kind. */
export function loads(holds: AnchorSet, kind: Kind, physics: Physics): boolean {
  if (physics.pathLengthZero && kind === AB) return (holds & B) !== 0;
  return (holds & kind) !== 0;
}

/** What the bundle's sources hold, of A and B. */
export function sourcesOf(state: State): AnchorSet {
  const fromAnchor = [A, B, 0][state.trustAnchor] ?? 0;
  const fromPrevious = state.copied ? B : A;
  return anchorSet(fromAnchor | fromPrevious);
}

/** The kind of issuer that cert-manager would sign now. */
export function signedKind(state: State): Kind {
  switch (state.signer) {
    case Signer.TrustAnchor:
      return state.trustAnchor === Generation.C ? 0 : state.trustAnchor === Generation.B ? B : A;
    case Signer.PreviousAnchor:
      return state.copied ? B : A;
    case Signer.Bridge:
      return AB;
  }
}

/** Every bundle that a process which starts now may read from its mount. */
export function readableBundles(state: State): readonly AnchorSet[] {
  const { bundle, stale } = state;
  if (stale === 0 || stale === bundle) return [bundle];
  return stale === A && bundle === B ? [bundle, AB, A] : [bundle, stale];
}

/** trust-manager writes the bundle; mounts follow later. */
export function writeBundle(state: State): State {
  return {
    ...state,
    bundle: sourcesOf(state),
    stale: state.stale === 0 ? state.bundle : state.stale,
  };
}

/** Whether `app` can refresh its leaf at `replica` now. */
export function canRefresh(app: App, replica: Replica): boolean {
  const server = replicaEnd(replica);
  const greeted = app.leaf === noLeaf || acceptsLeaf(server, app.leaf);
  return greeted && acceptsLeaf(app, server.leaf) && acceptsKind(app, replica.signs);
}

/** Whether waiting cannot make `app` able to refresh at `replica`, as long as issuers stay what they are. */
export function isLockedOut(app: App, replica: Replica): boolean {
  const server = replicaEnd(replica);
  if (server.leaf !== noLeaf) return !canRefresh(app, replica);
  // A proxy that is starting is about to present what its own process signs.
  return !acceptsKind(app, replica.signs) || !acceptsKind(server, replica.signs);
}

function anchorSet(bits: number): AnchorSet {
  if (bits === A || bits === B || bits === AB) return bits;
  return 0;
}
