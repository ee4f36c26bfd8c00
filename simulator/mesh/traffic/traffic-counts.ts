import type { HandshakeOutcome, HandshakeResult } from './handshake.ts';

/** At most this many failures of a phase are kept with all they say; all are counted. */
const detailedFailures = 100;

/** What one side of a handshake was, held and presented when it began. */
export interface PeerView {
  /** `namespace/name` of the pod. */
  readonly pod: string;
  /** See `TrustStates`. */
  readonly state: string;
  /** Fingerprints of the anchors held. */
  readonly anchors: readonly string[];
  readonly leaf: string | undefined;
  readonly leafNotAfter: string | undefined;
  /** Fingerprints of what is presented with the leaf. */
  readonly issuerChain: readonly string[];
}

export interface HandshakeFailure extends HandshakeOutcome {
  readonly at: string;
  /** From its beginning to its failure. */
  readonly afterMs: number;
  readonly client: PeerView;
  readonly server: PeerView;
}

export interface StatePairCount {
  readonly client: string;
  readonly server: string;
  readonly tried: number;
  readonly failed: number;
}

export interface PhaseSnapshot {
  readonly tried: number;
  readonly failed: number;
  readonly failuresByResult: Readonly<Partial<Record<HandshakeResult, number>>>;
  /** Handshakes by pod, as client and as server. */
  readonly clients: Readonly<Record<string, number>>;
  readonly servers: Readonly<Record<string, number>>;
  /** Every ordered pair of trust states that was there at the same time, tried or not. */
  readonly statePairs: readonly StatePairCount[];
  readonly failures: readonly HandshakeFailure[];
}

interface MutablePairCount {
  readonly client: string;
  readonly server: string;
  tried: number;
  failed: number;
}

/** The counts of one phase. Nothing that failed is left out, whatever the reason. */
export class PhaseCounts {
  readonly clients = new Map<string, number>();
  readonly servers = new Map<string, number>();
  #tried = 0;
  #failed = 0;
  readonly #byResult = new Map<HandshakeResult, number>();
  readonly #statePairs = new Map<string, MutablePairCount>();
  readonly #failures: HandshakeFailure[] = [];

  /** Notes that proxies in these states could meet, and tells how often they were made to. */
  triedBetween(client: string, server: string): number {
    return this.#pair(client, server).tried;
  }

  begin(client: PeerView, server: PeerView): void {
    this.#tried += 1;
    increment(this.clients, client.pod);
    increment(this.servers, server.pod);
    this.#pair(client.state, server.state).tried += 1;
  }

  fail(failure: HandshakeFailure): void {
    this.#failed += 1;
    increment(this.#byResult, failure.result);
    this.#pair(failure.client.state, failure.server.state).failed += 1;
    if (this.#failures.length < detailedFailures) this.#failures.push(failure);
  }

  snapshot(): PhaseSnapshot {
    return {
      tried: this.#tried,
      failed: this.#failed,
      failuresByResult: Object.fromEntries(this.#byResult),
      clients: Object.fromEntries(this.clients),
      servers: Object.fromEntries(this.servers),
      statePairs: [...this.#statePairs.values()].map((pair) => ({ ...pair })),
      failures: [...this.#failures],
    };
  }

  #pair(client: string, server: string): MutablePairCount {
    const key = `${client} ${server}`;
    let pair = this.#statePairs.get(key);
    if (pair === undefined) {
      pair = { client, server, tried: 0, failed: 0 };
      this.#statePairs.set(key, pair);
    }
    return pair;
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
