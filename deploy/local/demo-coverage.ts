import type { ProxyInfo } from '../../simulator/mesh/start-mesh.ts';
import type { PhaseSnapshot } from '../../simulator/mesh/traffic/traffic-counts.ts';
import type { TrafficSnapshot } from '../../simulator/mesh/traffic/traffic.ts';

/** How often each proxy must have been client, and server, in each phase. */
export const leastHandshakes = 2;

/** Fewer prove nothing. */
export const leastHandshakesInAll = 10_000;

/**
 * Remembers which proxies were there throughout a phase: those have to be covered. One that came or
 * went meanwhile has its turn in the phase that it was there for.
 */
export class PhasePresence {
  readonly #present = new Map<string, { atBegin: ReadonlySet<string>; throughout: string[] }>();
  #phase: string | undefined;

  begin(phase: string, proxies: readonly ProxyInfo[]): void {
    this.end(proxies);
    this.#phase = phase;
    this.#present.set(phase, { atBegin: servingPods(proxies), throughout: [] });
  }

  end(proxies: readonly ProxyInfo[]): void {
    if (this.#phase === undefined) return;
    const presence = this.#present.get(this.#phase);
    if (presence === undefined) return;
    presence.throughout = [...servingPods(proxies)].filter((pod) => presence.atBegin.has(pod));
  }

  phases(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#present].map(([phase, { throughout }]) => [phase, throughout]));
  }
}

function servingPods(proxies: readonly ProxyInfo[]): ReadonlySet<string> {
  return new Set(proxies.filter(({ serving }) => serving).map(({ pod }) => pod));
}

/**
 * What the traffic has left out, one sentence each; nothing when it covered everything. `phases` are those
 * that the rotation has carried out.
 */
export function coverageGaps(
  traffic: TrafficSnapshot,
  presence: PhasePresence,
  phases: readonly string[],
): readonly string[] {
  const unseen = phases.filter((phase) => !presence.phases().has(phase));
  const perPhase = [...presence.phases()].flatMap(([phase, pods]) => {
    const counts = traffic.phases[phase];
    if (counts === undefined) return [`no handshake was tried in ${phase}`];
    return [...proxyGaps(phase, counts, pods), ...pairGaps(phase, counts)];
  });
  const enough = traffic.tried >= leastHandshakesInAll;
  return [
    ...unseen.map((phase) => `${phase} was over before anything was counted in it`),
    ...perPhase,
    ...(enough
      ? []
      : [`${String(traffic.tried)} handshakes in all, wanted are ${String(leastHandshakesInAll)}`]),
  ];
}

function proxyGaps(
  phase: string,
  { clients, servers }: PhaseSnapshot,
  pods: readonly string[],
): readonly string[] {
  const missed = pods.filter(
    (pod) => (clients[pod] ?? 0) < leastHandshakes || (servers[pod] ?? 0) < leastHandshakes,
  );
  if (missed.length === 0) return [];
  const named = missed.slice(0, 3).join(', ');
  return [
    `${String(missed.length)} proxies were tried less than twice in each role in ${phase}: ${named}`,
  ];
}

function pairGaps(phase: string, { statePairs }: PhaseSnapshot): readonly string[] {
  return statePairs
    .filter(({ tried }) => tried === 0)
    .map(({ client, server }) => `in ${phase}, ${client} was never tried against ${server}`);
}
