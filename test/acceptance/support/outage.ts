import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemporalServer } from '../../../deploy/local/temporal-server.ts';
import { startTemporalServer } from '../../../deploy/local/temporal-server.ts';
import { refreshedLeafMs } from './environment.ts';
import { scenarioTimeoutMs } from './patience.ts';

const seconds = process.env['TEMPORAL_OUTAGE_SECONDS'];
/**
 * How long an outage lasts at least: the life of a leaf, or the seconds from the environment, which
 * `npm run test:all` sets.
 */
export const outageMs = seconds === undefined ? refreshedLeafMs : Number(seconds) * 1_000;

/** A Temporal server that can be away for a while; what it knows survives that. */
class UnreliableTemporal {
  readonly #directory: string;
  #server: TemporalServer;

  private constructor(directory: string, server: TemporalServer) {
    this.#directory = directory;
    this.#server = server;
  }

  static async start(): Promise<UnreliableTemporal> {
    const directory = await mkdtemp(join(tmpdir(), 'linkerd-trust-temporal-'));
    return new UnreliableTemporal(directory, await serve(directory, 0));
  }

  get address(): string {
    return this.#server.address;
  }

  goAway(): Promise<void> {
    return this.#server.stop();
  }

  /** At the address that it had. */
  async comeBack(): Promise<void> {
    this.#server = await serve(this.#directory, Number(this.address.split(':')[1]));
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function serve(directory: string, port: number): Promise<TemporalServer> {
  const dbFilename = join(directory, 'temporal.db');
  return startTemporalServer({ ownProcess: true, headless: true, dbFilename, port });
}

/** A server of its own for the scenarios of one `describe`; to be called before `useBench`. */
export function useUnreliableTemporal(): () => UnreliableTemporal {
  let temporal: UnreliableTemporal | undefined;
  before(async function () {
    this.timeout(scenarioTimeoutMs);
    temporal = await UnreliableTemporal.start();
  });
  after(() => temporal?.stop());
  return () => {
    if (temporal === undefined) throw new Error('the Temporal server is not up');
    return temporal;
  };
}
