import type { Proxy } from '../proxy/proxy.ts';
import { TrustStates } from '../trust/trust-state.ts';
import { attemptHandshake, HandshakeResult } from './handshake.ts';
import type { Candidate, Pair } from './pair-picker.ts';
import { PairPicker } from './pair-picker.ts';
import type { PeerView, PhaseSnapshot } from './traffic-counts.ts';
import { PhaseCounts } from './traffic-counts.ts';

const tickMs = 50;
/** After a stall, what was missed is not made up for beyond this: the rate is a load, not a debt. */
const longestCatchUpMs = 250;
const maxConcurrent = 32;

/** A proxy that a service would send requests to: ready, not terminating. */
export interface TrafficPeer {
  /** `namespace/name` of its pod. */
  readonly pod: string;
  readonly proxy: Proxy;
}

export interface TrafficOptions {
  readonly peers: () => readonly TrafficPeer[];
  /** New connections a second; default 150. */
  readonly ratePerSecond?: number;
  /** Beyond that rate, for each peer at the beginning of a phase, which may be short; default none. */
  readonly perPeerAndPhase?: number;
  /** Default 30 s: on a busy machine a slow handshake is not a failed one. */
  readonly timeoutMs?: number;
}

export interface TrafficSnapshot {
  readonly tried: number;
  readonly failed: number;
  readonly phases: Readonly<Record<string, PhaseSnapshot>>;
}

interface Peer extends Candidate {
  readonly proxy: Proxy;
}

/** New mutual-TLS connections between proxies, all the time, and what became of each. */
export class Traffic {
  readonly #peers: () => readonly TrafficPeer[];
  readonly #timeoutMs: number;
  readonly #ratePerSecond: number;
  readonly #perPeerAndPhase: number;
  readonly #states = new TrustStates();
  readonly #picker = new PairPicker();
  readonly #phases = new Map<string, PhaseCounts>();
  readonly #running = new Set<Promise<void>>();
  #counts: PhaseCounts;
  #timer: NodeJS.Timeout | undefined;
  #lastTickMs = 0;
  #due = 0;
  #dueAtOnce = 0;
  #isNewPhase = true;

  constructor({ peers, ratePerSecond, perPeerAndPhase, timeoutMs }: TrafficOptions) {
    this.#peers = peers;
    this.#ratePerSecond = ratePerSecond ?? 150;
    this.#perPeerAndPhase = perPeerAndPhase ?? 0;
    this.#timeoutMs = timeoutMs ?? 30_000;
    this.#counts = this.setPhase('start');
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#lastTickMs = performance.now();
    this.#timer = setInterval(() => {
      this.#tick();
    }, tickMs);
  }

  /** Counts what begins from now on under this name; a name that was there before goes on. */
  setPhase(name: string): PhaseCounts {
    this.#counts = this.#phases.get(name) ?? new PhaseCounts();
    this.#phases.set(name, this.#counts);
    this.#isNewPhase = true;
    return this.#counts;
  }

  snapshot(): TrafficSnapshot {
    return totalOf(this.#phases);
  }

  /** Begins no more and waits for those on their way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#running);
  }

  #tick(): void {
    const nowMs = performance.now();
    const elapsedMs = Math.min(nowMs - this.#lastTickMs, longestCatchUpMs);
    this.#lastTickMs = nowMs;
    this.#due += (elapsedMs * this.#ratePerSecond) / 1_000;
    const live = this.#peers();
    for (const { proxy } of live) this.#states.learn(proxy.credentials);
    const peers = live.map(({ pod, proxy }) => ({
      pod,
      proxy,
      state: this.#states.labelOf(proxy.credentials),
    }));
    noteCoexisting(peers, this.#counts);
    if (this.#isNewPhase) this.#dueAtOnce = this.#perPeerAndPhase * peers.length;
    this.#isNewPhase = false;
    while (this.#takeDue()) {
      const pair = this.#picker.pick(peers, this.#counts);
      if (pair !== undefined) this.#launch(pair);
    }
    this.#due = Math.min(this.#due, maxConcurrent);
  }

  #takeDue(): boolean {
    if (this.#running.size >= maxConcurrent) return false;
    if (this.#dueAtOnce >= 1) this.#dueAtOnce -= 1;
    else if (this.#due >= 1) this.#due -= 1;
    else return false;
    return true;
  }

  #launch(pair: Pair<Peer>): void {
    const attempt: Promise<void> = runHandshake(pair, this.#counts, this.#timeoutMs).finally(() =>
      this.#running.delete(attempt),
    );
    this.#running.add(attempt);
  }
}

async function runHandshake(
  { client, server }: Pair<Peer>,
  counts: PhaseCounts,
  timeoutMs: number,
): Promise<void> {
  // Taken before anything happens: afterwards either may have refreshed its leaf.
  const views = { client: viewOf(client), server: viewOf(server) };
  counts.begin(views.client, views.server);
  const beganMs = performance.now();
  const outcome = await attemptHandshake(client.proxy, server.proxy, timeoutMs);
  if (outcome.result === HandshakeResult.Ok) return;
  const afterMs = Math.round(performance.now() - beganMs);
  counts.fail({ ...outcome, ...views, afterMs, at: new Date().toISOString() });
}

function viewOf({ pod, state, proxy }: Peer): PeerView {
  const { anchors } = proxy.credentials;
  const [leaf, ...issuers] = proxy.credentials.leaf()?.chain ?? [];
  return {
    pod,
    state,
    anchors: anchors.map(({ fingerprint }) => fingerprint),
    leaf: leaf?.fingerprint,
    leafNotAfter: leaf?.notAfter,
    issuerChain: issuers.map(({ fingerprint }) => fingerprint),
  };
}

/** Pairs of states that are there together count as untried until they are tried. */
function noteCoexisting(peers: readonly Peer[], counts: PhaseCounts): void {
  const byState = Map.groupBy(peers, ({ state }) => state);
  for (const [client, { length }] of byState) {
    for (const server of byState.keys()) {
      if (client !== server || length > 1) counts.triedBetween(client, server);
    }
  }
}

function totalOf(phases: ReadonlyMap<string, PhaseCounts>): TrafficSnapshot {
  const snapshots = [...phases].map(([name, counts]) => [name, counts.snapshot()] as const);
  const sum = (count: (snapshot: PhaseSnapshot) => number): number =>
    snapshots.reduce((total, [, snapshot]) => total + count(snapshot), 0);
  return {
    tried: sum(({ tried }) => tried),
    failed: sum(({ failed }) => failed),
    phases: Object.fromEntries(snapshots),
  };
}
