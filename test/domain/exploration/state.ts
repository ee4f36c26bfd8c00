/**
 * The state of a small mesh under rotation, as an explicit-state model: what there is to know about
 * every process and object as far as trust is concerned, and where the rotation stands.
 */

/** A set of anchors as bits: 1 is A, 2 is B. */
export type AnchorSet = 0 | 1 | 2 | 3;
export const A = 1;
export const B = 2;
export const AB = 3;

/** What an issuer makes, as the set of anchors that its leaves verify under; 0 is an anchor not in the game. */
export type Kind = 0 | 1 | 2 | 3;

/** A leaf: none yet, of a kind (1 a, 2 b, 3 x), or expired. */
export type Leaf = 0 | 1 | 2 | 3 | 4;
export const noLeaf = 0;
export const expired = 4;

export const Signer = { TrustAnchor: 0, PreviousAnchor: 1, Bridge: 2 } as const;
export type Signer = (typeof Signer)[keyof typeof Signer];

/** The certificate in the anchor's Secret. C stands for a renewal that nobody asked for. */
export const Generation = { A: 0, B: 1, C: 2 } as const;
export type Generation = (typeof Generation)[keyof typeof Generation];

/** One application workload: its running proxy, and a Pending pod that is to replace it. */
export interface App {
  readonly holds: AnchorSet;
  readonly leaf: Leaf;
  /** What the environment of the Pending pod holds; 0 without one. */
  readonly pending: AnchorSet;
  /** An old proxy version that takes a bridged leaf only if it holds B. */
  readonly odd: boolean;
}

/** One replica of linkerd-identity: its process, and the proxy in its pod. */
export interface Replica {
  /** The kind of the issuer in memory. */
  readonly signs: Kind;
  readonly holds: AnchorSet;
  /** Whether the bundle was settled when the process started, so that `holds` can be known. */
  readonly known: boolean;
  readonly proxyHolds: AnchorSet;
  readonly proxyLeaf: Leaf;
}

export interface State {
  /** Index of the rotation's next step. */
  readonly step: number;
  readonly trustAnchor: Generation;
  /** Whether previous-anchor holds B; it holds A otherwise. */
  readonly copied: boolean;
  readonly signer: Signer;
  /** The kind of the issuer in the Secret. */
  readonly issuer: Kind;
  readonly bundle: AnchorSet;
  /** The oldest bundle that a mount may still show; 0 when all mounts show the present one. */
  readonly stale: AnchorSet;
  readonly bridge: boolean;
  /** Whether the automatic renewal of the anchor is switched off. */
  readonly frozen: boolean;
  /** Whether the rotation has taken charge of the signer: what is signed from now on is its doing. */
  readonly inCharge: boolean;
  /** Whether a hand other than the rotation's has let an issuer sign too early. */
  readonly spoiled: boolean;
  readonly apps: readonly App[];
  readonly identity: readonly Replica[];
  /** What each injector replica's mount shows. */
  readonly injectors: readonly AnchorSet[];
}

export interface Topology {
  readonly apps: number;
  readonly identity: number;
  readonly injectors: number;
}

/** A mesh at rest under A. */
export function restingState(topology: Topology): State {
  const app: App = { holds: A, leaf: A, pending: 0, odd: false };
  const replica: Replica = { signs: A, holds: A, known: true, proxyHolds: A, proxyLeaf: A };
  return {
    step: 0,
    trustAnchor: Generation.A,
    copied: false,
    signer: Signer.TrustAnchor,
    issuer: A,
    bundle: A,
    stale: 0,
    bridge: false,
    frozen: false,
    inCharge: false,
    spoiled: false,
    apps: Array.from({ length: topology.apps }, () => app),
    identity: Array.from({ length: topology.identity }, () => replica),
    injectors: Array.from({ length: topology.injectors }, () => A),
  };
}

const maxSteps = 32;

/**
 * A state as one number, below 2^53. Processes that play the same role are interchangeable, so their
 * codes are sorted: states that differ by a renaming only are one.
 */
export function encode(state: State): number {
  let code = encodeCluster(state);
  code = code * maxSteps + state.step;
  code = code * 2 + Number(state.frozen);
  code = code * 2 + Number(state.inCharge);
  return code * 2 + Number(state.spoiled);
}

/** The part of the code that a survey can see. */
export function encodeCluster(state: State): number {
  let code = state.trustAnchor;
  code = code * 2 + Number(state.copied);
  code = code * 3 + state.signer;
  code = code * 4 + state.issuer;
  code = code * 4 + state.bundle;
  code = code * 4 + state.stale;
  code = code * 2 + Number(state.bridge);
  for (const app of sorted(state.apps.map(encodeApp))) code = code * 120 + app;
  for (const replica of sorted(state.identity.map(encodeReplica))) code = code * 480 + replica;
  for (const mounted of sorted(state.injectors)) code = code * 4 + mounted;
  return code;
}

/** Codes above this could not be told apart any more. */
export function assertEncodable({ apps, identity, injectors }: Topology): void {
  const cluster = 3 * 2 * 3 * 4 * 4 * 4 * 2 * 120 ** apps * 480 ** identity * 4 ** injectors;
  if (cluster * maxSteps * 8 >= Number.MAX_SAFE_INTEGER) throw new RangeError('too many processes');
}

function encodeApp(app: App): number {
  // A proxy always holds something, so three values are enough.
  return (((app.holds - 1) * 5 + app.leaf) * 4 + app.pending) * 2 + Number(app.odd);
}

function encodeReplica(replica: Replica): number {
  const own = (replica.signs * 4 + replica.holds) * 2 + Number(replica.known);
  return (own * 3 + (replica.proxyHolds - 1)) * 5 + replica.proxyLeaf;
}

function sorted<Code extends number>(codes: readonly Code[]): readonly Code[] {
  const [first, second, ...more] = codes;
  if (second === undefined || first === undefined) return codes;
  if (more.length > 0) return codes.toSorted((one, other) => one - other);
  return first <= second ? codes : [second, first];
}

/** `state` with one application changed. */
export function withApp(state: State, index: number, change: Partial<App>): State {
  return {
    ...state,
    apps: state.apps.map((app, at) => (at === index ? { ...app, ...change } : app)),
  };
}

/** `state` with one identity replica changed. */
export function withReplica(state: State, index: number, change: Partial<Replica>): State {
  return {
    ...state,
    identity: state.identity.map((replica, at) =>
      at === index ? { ...replica, ...change } : replica,
    ),
  };
}

export function withInjector(state: State, index: number, mounted: AnchorSet): State {
  return { ...state, injectors: state.injectors.with(index, mounted) };
}
