import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';

const lookEveryMs = 100;

/** How long leaves took to turn over, as the proxies themselves know it; no way of ours to look. */
export interface Turnover {
  /** From the first proxy with a leaf of a new issuer to the last one with a leaf of the old. */
  stop(): number;
}

/**
 * Watches the first change of issuer from now on. How long that takes depends on when leaves were last
 * refreshed, which is chance: both sides of a comparison are freed of it by this.
 */
export function watchTurnover(mesh: Pick<SimulatedMesh, 'proxies'>): Turnover {
  const first = issuersIn(mesh);
  let beganAtMs: number | undefined;
  let endedAtMs: number | undefined;
  const look = (): void => {
    const issuers = issuersIn(mesh);
    if ([...issuers].some((issuer) => !first.has(issuer))) beganAtMs ??= performance.now();
    const isOver = beganAtMs !== undefined && ![...issuers].some((issuer) => first.has(issuer));
    if (isOver) endedAtMs ??= performance.now();
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      if (beganAtMs === undefined || endedAtMs === undefined) {
        throw new Error('the leaves did not turn over while they were watched');
      }
      return endedAtMs - beganAtMs;
    },
  };
}

function issuersIn(mesh: Pick<SimulatedMesh, 'proxies'>): ReadonlySet<string> {
  return new Set(mesh.proxies().flatMap(({ chain }) => chain[1] ?? []));
}
