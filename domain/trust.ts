/**
 * The trust algebra of one rotation: what a process holds, what it presents, who can talk to whom.
 * The rotation knows two anchors: A, the one in use when it began, and B, its successor.
 * Source of the rules: Linkerd's proxies verify peers in both roles and their own leaf against one
 * root set that is read once, at container start.
 */

/** What has been established about a process. Unknown is neither yes nor no and never converges. */
export type Knowledge = 'yes' | 'no' | 'unknown';

/** Which anchors a verifier holds. */
export interface Held {
  readonly a: Knowledge;
  readonly b: Knowledge;
}

/** Under which anchors a certificate chain, as it is presented, verifies. */
export interface VerifiesUnder {
  readonly a: Knowledge;
  readonly b: Knowledge;
}

/**
 * - `valid`: the proxy presents a leaf within its dates
 * - `expired`: it presents one past its end; such a proxy cannot renew by itself
 * - `none`: it has not obtained a leaf yet, so it presents nothing
 * - `unknown`: nobody could ask it
 */
export type LeafState = 'valid' | 'expired' | 'none' | 'unknown';

export interface Presented extends VerifiesUnder {
  readonly leaf: LeafState;
}

export const unknownHeld: Held = { a: 'unknown', b: 'unknown' };
export const unknownPresented: Presented = { leaf: 'unknown', a: 'unknown', b: 'unknown' };
export const noLeaf: Presented = { leaf: 'none', a: 'no', b: 'no' };

/** What an issuer makes: leaves that verify under A alone, under both (through the bridge), under B alone. */
export type IssuerKind = 'a' | 'x' | 'b';

/** Which anchors a leaf of each kind of issuer verifies under. */
export const issuerVerifiesUnder: Readonly<Record<IssuerKind, VerifiesUnder>> = {
  a: { a: 'yes', b: 'no' },
  x: { a: 'yes', b: 'yes' },
  b: { a: 'no', b: 'yes' },
};

/** The kind of an issuer from what it verifies under; `undefined` when unknown or under neither. */
export function issuerKind(under: VerifiesUnder): IssuerKind | undefined {
  if (under.a === 'unknown' || under.b === 'unknown') return undefined;
  if (under.a === 'yes') return under.b === 'yes' ? 'x' : 'a';
  return under.b === 'yes' ? 'b' : undefined;
}

/** Three-valued OR: one certain yes decides, otherwise one unknown leaves the answer open. */
export function either(left: Knowledge, right: Knowledge): Knowledge {
  if (left === 'yes' || right === 'yes') return 'yes';
  return left === 'unknown' || right === 'unknown' ? 'unknown' : 'no';
}

/** Three-valued AND: one certain no decides, otherwise one unknown leaves the answer open. */
export function both(left: Knowledge, right: Knowledge): Knowledge {
  if (left === 'no' || right === 'no') return 'no';
  return left === 'unknown' || right === 'unknown' ? 'unknown' : 'yes';
}

/** Whether a verifier that holds `held` accepts a chain that verifies under `under`. */
export function accepts(held: Held, under: VerifiesUnder): Knowledge {
  return either(both(held.a, under.a), both(held.b, under.b));
}

/** One end of a handshake. */
export interface Peer {
  readonly holds: Held;
  readonly presents: Presented;
}

/**
 * Whether a new handshake between two proxies succeeds: each end's leaf must verify under something
 * that the other end holds. An end without a leaf can be neither server nor identified client.
 */
export function canTalk(one: Peer, other: Peer): Knowledge {
  return both(acceptsPeer(one, other), acceptsPeer(other, one));
}

function acceptsPeer(verifier: Peer, peer: Peer): Knowledge {
  switch (peer.presents.leaf) {
    case 'valid':
      return accepts(verifier.holds, peer.presents);
    case 'expired':
    case 'none':
      return 'no';
    case 'unknown':
      return 'unknown';
  }
}

/** A short name of what is held, as counts are labelled: `A`, `A,B`, `B`, `none` or `unknown`. */
export function describeHeld(held: Held): string {
  if (held.a === 'unknown' || held.b === 'unknown') return 'unknown';
  if (held.a === 'yes') return held.b === 'yes' ? 'A,B' : 'A';
  return held.b === 'yes' ? 'B' : 'none';
}

/** A short name of what is presented: `a`, `x`, `b`, `expired`, `none`, `foreign` or `unknown`. */
export function describePresented(presented: Presented): string {
  if (presented.leaf !== 'valid') return presented.leaf;
  if (presented.a === 'unknown' || presented.b === 'unknown') return 'unknown';
  return issuerKind(presented) ?? 'foreign';
}
