import { fileURLToPath } from 'node:url';
import type { Child } from '../child.ts';
import { startChild } from '../child.ts';

/** What a proxy presents, and what it holds. PEM. */
export interface ListenerPair {
  readonly keyPem: string;
  readonly chainPem: string;
  readonly anchorsPem: string;
}

export type ListenerOrder =
  | { readonly kind: 'pair'; readonly name: string; readonly pair: ListenerPair }
  | {
      readonly kind: 'listen';
      readonly addresses: readonly string[];
      readonly port: number;
      readonly pair: string;
    }
  | { readonly kind: 'present'; readonly addresses: readonly string[]; readonly pair: string }
  | { readonly kind: 'count' };

export interface ListenerAnswer {
  readonly id: number;
  /** Since the start. */
  readonly handshakes: number;
  readonly error?: string;
}

/** The admin ports of many proxies, in a few processes. */
export interface Listeners {
  /** Makes a pair known under a name, for `present`. */
  addPair(name: string, pair: ListenerPair): Promise<void>;
  /** From now on these addresses present that pair. */
  present(addresses: readonly string[], pair: string): Promise<void>;
  /** Handshakes that were finished, of all addresses together. */
  handshakes(): Promise<number>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./listener-process.ts', import.meta.url));
const processes = 2;
const adminPort = 4191;

export async function startListeners(
  addresses: readonly string[],
  pair: ListenerPair,
): Promise<Listeners> {
  const share = Math.ceil(addresses.length / processes);
  const parts = Array.from({ length: processes }, (_, index) => ({
    own: new Set(addresses.slice(index * share, (index + 1) * share)),
    child: startChild<ListenerOrder, ListenerAnswer>(program),
  }));
  const all = (order: ListenerOrder): Promise<readonly ListenerAnswer[]> =>
    Promise.all(parts.map(({ child }) => child.ask(order)));
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map(({ child }) => child.stop()));
  };
  const addPair: Listeners['addPair'] = async (name, added) => {
    await all({ kind: 'pair', name, pair: added });
  };
  try {
    await addPair('first', pair);
    await Promise.all(
      parts.map(({ own, child }) =>
        child.ask({ kind: 'listen', addresses: [...own], port: adminPort, pair: 'first' }),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addPair,
    present: (chosen, name) => presentOn(parts, chosen, name),
    handshakes: async () =>
      (await all({ kind: 'count' })).reduce((sum, { handshakes }) => sum + handshakes, 0),
    stop,
  };
}

interface Part {
  readonly own: ReadonlySet<string>;
  readonly child: Child<ListenerOrder, ListenerAnswer>;
}

async function presentOn(
  parts: readonly Part[],
  addresses: readonly string[],
  pair: string,
): Promise<void> {
  await Promise.all(
    parts.map(({ own, child }) =>
      child.ask({ kind: 'present', pair, addresses: addresses.filter((one) => own.has(one)) }),
    ),
  );
}
