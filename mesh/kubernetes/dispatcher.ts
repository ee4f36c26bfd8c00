import type { AgentOptions, RequestOptions } from 'node:https';
import type { buildConnector, Dispatcher } from 'undici';
import { Agent, ProxyAgent } from 'undici';
import type { KubeConfig } from './client-node.ts';

/** Connections to one API server. Enough for a survey's parallel reads, few beside a busy server. */
const maxConnections = 8;
/** Below the 60 s at which common load balancers drop an idle connection without a word. */
const keepAliveMs = 30_000;
/** After this the CA and the client certificate are read again, for both are renewed on disk. */
const lifetimeMs = 3_600_000;

/** The one pool of connections to an API server, shared by every request. */
export interface SharedDispatcher {
  /** `undefined`: the client's own (SOCKS proxies, which only the client knows how to use). */
  current(): Promise<Dispatcher | undefined>;
  /** Begins a new pool with the next request: the server's certificate was not accepted. */
  discard(): void;
  close(): Promise<void>;
}

/**
 * client-node 2.0.1 makes a new agent for each request where TLS options exist, which costs a TLS
 * handshake per page of a list. One agent for all keeps it to a handful.
 */
export function createSharedDispatcher(config: KubeConfig): SharedDispatcher {
  let pool:
    { readonly agent: Promise<Dispatcher | undefined>; readonly bornMs: number } | undefined;

  function discard(): void {
    const old = pool;
    pool = undefined;
    // Requests under way finish on the old connections; a failure to close them harms nobody.
    void old?.agent.then((agent) => agent?.close()).catch(() => undefined);
  }

  async function current(): Promise<Dispatcher | undefined> {
    if (pool !== undefined && Date.now() - pool.bornMs > lifetimeMs) discard();
    pool ??= { agent: createAgent(config), bornMs: Date.now() };
    const mine = pool;
    try {
      return await mine.agent;
    } catch (error) {
      // A failed attempt (an unreadable CA file, a broken exec plugin) must not be remembered.
      if (pool === mine) pool = undefined;
      throw error;
    }
  }

  return {
    current,
    discard,
    close: async () => {
      const agent = await pool?.agent.catch(() => undefined);
      pool = undefined;
      await agent?.destroy();
    },
  };
}

async function createAgent(config: KubeConfig): Promise<Dispatcher | undefined> {
  const tls: RequestOptions = {};
  await config.applyToHTTPSOptions(tls);
  // Sound: only the TLS fields are read, and those are the same in both types.
  const options = config.createDispatcherOptions(config.getCurrentCluster(), tls as AgentOptions);
  // HTTP/1.1: with HTTP/2 all requests share one connection, and its loss fails them all at once.
  const pool = { connections: maxConnections, keepAliveTimeout: keepAliveMs, allowH2: false };
  switch (options.type) {
    case 'agent':
      return new Agent({ ...pool, connect: connector(options.connect) });
    case 'none':
      return new Agent(pool);
    case 'proxy':
      return new ProxyAgent({
        ...pool,
        uri: options.uri,
        requestTls: connector(options.requestTls),
        connect: connector(options.connect),
      });
    case 'socks':
      return undefined;
  }
}

/** undici passes these to `tls.connect`; only its type, with its explicit `undefined`s, is another. */
function connector(options: object): buildConnector.BuildOptions {
  return options;
}
