import type { PhaseCounts } from './traffic-counts.ts';

/** A proxy that may be paired now. */
export interface Candidate {
  readonly pod: string;
  readonly state: string;
}

export interface Pair<Peer extends Candidate> {
  readonly client: Peer;
  readonly server: Peer;
}

/**
 * Picks who connects to whom next. A pair of trust states that was never tried comes first, for it may
 * be gone in a moment. Else turns alternate between the pair of states that was tried least, the client
 * that was, and the server that was, so that no single pod goes untested; the rest is chance.
 */
export class PairPicker {
  #turn = 0;

  pick<Peer extends Candidate>(
    peers: readonly Peer[],
    counts: PhaseCounts,
  ): Pair<Peer> | undefined {
    this.#turn = (this.#turn + 1) % 3;
    const rarest = leastTriedStates(peers, counts);
    if (this.#turn === 0 || rarest?.tried === 0) return rarest?.pair;
    if (this.#turn === 1) {
      const client = leastTried(peers, counts.clients);
      return pairOf(client, anyOf(without(peers, client)));
    }
    const server = leastTried(peers, counts.servers);
    return pairOf(anyOf(without(peers, server)), server);
  }
}

function leastTriedStates<Peer extends Candidate>(
  peers: readonly Peer[],
  counts: PhaseCounts,
): { readonly pair: Pair<Peer>; readonly tried: number } | undefined {
  const byState = Map.groupBy(peers, ({ state }) => state);
  let best: { clients: Peer[]; servers: Peer[]; tried: number } | undefined;
  for (const [clientState, clients] of byState) {
    for (const [serverState, servers] of byState) {
      if (clientState === serverState && clients.length < 2) continue;
      const tried = counts.triedBetween(clientState, serverState);
      if (best === undefined || tried < best.tried) best = { clients, servers, tried };
    }
  }
  if (best === undefined) return undefined;
  const client = leastTried(best.clients, counts.clients);
  const pair = pairOf(client, leastTried(without(best.servers, client), counts.servers));
  return pair === undefined ? undefined : { pair, tried: best.tried };
}

function pairOf<Peer extends Candidate>(
  client: Peer | undefined,
  server: Peer | undefined,
): Pair<Peer> | undefined {
  return client === undefined || server === undefined ? undefined : { client, server };
}

function without<Peer>(peers: readonly Peer[], peer: Peer | undefined): Peer[] {
  return peers.filter((candidate) => candidate !== peer);
}

function anyOf<Peer>(peers: readonly Peer[]): Peer | undefined {
  return peers[Math.floor(Math.random() * peers.length)];
}

/** Of equals a random one: it starts looking at a random place. */
function leastTried<Peer extends Candidate>(
  peers: readonly Peer[],
  counts: ReadonlyMap<string, number>,
): Peer | undefined {
  const offset = Math.floor(Math.random() * peers.length);
  let best: Peer | undefined;
  let bestCount = Infinity;
  for (let index = 0; index < peers.length; index += 1) {
    const peer = peers[(offset + index) % peers.length];
    const count = counts.get(peer?.pod ?? '') ?? 0;
    if (count < bestCount) {
      best = peer;
      bestCount = count;
    }
  }
  return best;
}
