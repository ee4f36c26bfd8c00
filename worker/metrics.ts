import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { readVersion } from '../mesh/version.ts';
import type { ExpiryMetricsParts } from './expiry-metrics.ts';
import { registerExpiryMetrics } from './expiry-metrics.ts';
import type { RotationMetrics } from './rotation-metrics.ts';
import { registerRotationMetrics } from './rotation-metrics.ts';

/** One `/metrics`: our own gauges and what the Temporal core exports on its loopback port. */
export interface Metrics {
  readonly contentType: string;
  readonly rotation: RotationMetrics;
  render(): Promise<string>;
}

/** The core answers from memory; longer than this it is not well. */
const coreTimeoutMs = 2_000;

/** What the product itself measures; the process and the Temporal core are beside it. */
export function registerOwnMetrics(registry: Registry, expiry: ExpiryMetricsParts): OwnMetrics {
  registerExpiryMetrics(registry, expiry);
  const rotation = registerRotationMetrics(registry, expiry.clock);
  const build = new Gauge({
    name: 'trust_rotation_build_info',
    help: '1, with the version that runs',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version: readVersion() }, 1);
  const coreOk = new Gauge({
    name: 'trust_rotation_core_scrape_ok',
    help: "1 if the Temporal core's own metrics are part of this answer",
    registers: [registry],
  });
  return { rotation, coreOk };
}

interface OwnMetrics {
  readonly rotation: RotationMetrics;
  readonly coreOk: Gauge;
}

/** `coreUrl` is where the Temporal core serves its metrics. */
export function createMetrics(coreUrl: string, expiry: ExpiryMetricsParts): Metrics {
  const registry = new Registry();
  // Their own names begin with process_ and nodejs_.
  collectDefaultMetrics({ register: registry, prefix: 'trust_rotation_' });
  const { rotation, coreOk } = registerOwnMetrics(registry, expiry);
  return {
    contentType: registry.contentType,
    rotation,
    render: async () => {
      const core = await readCore(coreUrl);
      coreOk.set(core === undefined ? 0 : 1);
      return (await registry.metrics()) + (core ?? '');
    },
  };
}

/** Ours are worth serving without the core's: the gauge says that they are missing. */
async function readCore(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(coreTimeoutMs) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}
