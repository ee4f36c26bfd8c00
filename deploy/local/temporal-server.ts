import { setTimeout as delay } from 'node:timers/promises';
import { rotationSearchAttributes } from '../../domain/search-attributes.ts';
import { freePorts } from '../../worker/free-ports.ts';
import { messageOf, runProgram } from './run-program.ts';
import { temporalCandidates } from './temporal-candidates.ts';
import type { SearchAttributes } from './temporal-connection.ts';
import { ensureSearchAttributes, namedServer, waitUntilReady } from './temporal-connection.ts';
import { findTemporal } from './temporal-finder.ts';
import type { ServerProcess } from './server-process.ts';
import { launch } from './server-process.ts';

export interface TemporalServerOptions {
  /** Port of the server; 0 or absent takes a free one. A restart names the port it had before. */
  readonly port?: number;
  /** Port of the Web UI; 0 or absent takes a free one. */
  readonly uiPort?: number;
  /** SQLite file that survives a restart; in memory when absent. */
  readonly dbFilename?: string;
  /** Leaves the Web UI out. */
  readonly headless?: boolean;
  readonly searchAttributes?: SearchAttributes;
  /** Starts a process even where TEMPORAL_ADDRESS names a server: for a caller that must stop it. */
  readonly ownProcess?: boolean;
  /** Told in one line what was chosen; stderr when absent. */
  readonly log?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  /** `host:port` of the frontend. */
  readonly address: string;
  /** Absent without a Web UI, and for a server that was there before. */
  readonly uiUrl?: string;
  /** Where the server or its program was found. */
  readonly source: string;
  /** Absent for a server that was there before. */
  readonly pid?: number;
  /** Ends a server that was started here; leaves one that was there before alone. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const startAttempts = 3;

/**
 * Finds a Temporal server, or the program for one, and returns when it answers. A started server
 * listens on 127.0.0.1 only and ends with this process, however that ends.
 *
 * @throws {TemporalNotFoundError} when there is none to be had
 * @throws {Error} with the server's own words, when it does not come up within 60 s
 */
export async function startTemporalServer(
  options: TemporalServerOptions = {},
): Promise<TemporalServer> {
  const { env = process.env, log = logToStderr, ownProcess = false } = options;
  const found = await findTemporal(temporalCandidates({ env, log, ownProcess }));
  if (found.kind === 'server') {
    await ensureSearchAttributes(namedServer(env), attributesOf(options));
    log(`Temporal: ${found.source}`);
    return { address: found.address, source: found.source, stop: () => Promise.resolve() };
  }
  const server = await startProgram(found.path, options, log);
  const ui = server.uiUrl === undefined ? '' : `, Web UI ${server.uiUrl}`;
  log(`Temporal: ${found.source}, started at ${server.address}${ui}`);
  return { ...server, source: found.source };
}

type StartedServer = Omit<TemporalServer, 'source'>;

async function startProgram(
  program: string,
  options: TemporalServerOptions,
  log: (line: string) => void,
): Promise<StartedServer> {
  const withoutNews = await knowsFlag(program, '--ui-disable-news-fetch');
  const picksPort = picks(options.port) || (options.headless !== true && picks(options.uiPort));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(program, options, withoutNews);
    } catch (error) {
      const passes = hasCrashed(error) || (picksPort && isPortTaken(error));
      if (!passes || attempt === startAttempts) throw error;
      log(
        `Temporal: start ${attempt} of ${startAttempts} failed, the next one follows. ${messageOf(error)}`,
      );
      await delay(attempt * 500);
    }
  }
}

/**
 * The dev server picks ports for its inner services and panics where one is taken before it listens:
 * `MustGetFreePort` in temporalio/cli, internal/devserver/freeport.go. A Go program that runs out of
 * threads or memory ends in the same way.
 */
function hasCrashed(error: unknown): boolean {
  return /^(panic|fatal error): /m.test(messageOf(error));
}

/** A port that was free when it was picked may have been taken since; other ones are tried. */
function isPortTaken(error: unknown): boolean {
  return /address already in use|port .* in use/i.test(messageOf(error));
}

async function startOnce(
  program: string,
  options: TemporalServerOptions,
  withoutNews: boolean,
): Promise<StartedServer> {
  const [freePort = 0, freeUiPort = 0] = await freePorts(2);
  const port = picks(options.port) ? freePort : options.port;
  const uiPort = picks(options.uiPort) ? freeUiPort : options.uiPort;
  const headless = options.headless ?? false;
  const server = await launch(program, [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(headless ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(withoutNews && !headless ? ['--ui-disable-news-fetch'] : []),
    ...(options.dbFilename === undefined ? [] : ['--db-filename', options.dbFilename]),
    ...Object.entries(attributesOf(options)).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ]);
  const address = `127.0.0.1:${port}`;
  await untilReady(server, address, attributesOf(options));
  const ui = headless ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` };
  return { address, ...ui, pid: server.pid, stop: () => server.stop() };
}

/** Returns when the server answers; ends it and throws when it dies or takes too long. */
async function untilReady(
  server: ServerProcess,
  address: string,
  attributes: SearchAttributes,
): Promise<void> {
  const ready = new AbortController();
  const signal = AbortSignal.any([ready.signal, AbortSignal.timeout(startTimeoutMs)]);
  const died = server.ended.then((how) => {
    throw new Error(`The Temporal dev server did not start: ${how}`);
  });
  try {
    const own = { connection: { address }, namespace: 'default' };
    await Promise.race([waitUntilReady(own, attributes, signal), died]);
  } catch (error) {
    await server.stop();
    if (!signal.aborted) throw error;
    const last = await server.ended;
    throw new Error(
      `The Temporal dev server did not answer at ${address} within ${startTimeoutMs / 1000} s: ${last}`,
      { cause: error },
    );
  } finally {
    ready.abort();
  }
}

/** Older versions of the CLI refuse to start on a flag that they do not know. */
async function knowsFlag(program: string, flag: string): Promise<boolean> {
  return (await runProgram(program, ['server', 'start-dev', '--help'], 10_000)).includes(flag);
}

function attributesOf(options: TemporalServerOptions): SearchAttributes {
  return options.searchAttributes ?? rotationSearchAttributes;
}

/** Whether a free port has to be picked because the caller named none. */
function picks(port: number | undefined): port is 0 | undefined {
  return port === undefined || port === 0;
}

function logToStderr(line: string): void {
  console.error(line);
}
