import type { ChainVerdict } from '../../../domain/chain.ts';
import type { CertifiedLeaf } from './identity-protocol.ts';
import type { ProxyCredentials } from './proxy-credentials.ts';

/** A proxy refreshes when this share of its leaf's remaining time has passed (linkerd2-proxy `certify.rs`). */
const refreshShare = 0.7;

export interface LeafRefreshOptions {
  readonly credentials: ProxyCredentials;
  /** Floor of the wait between two tries; 10 s in Linkerd. */
  readonly minRefreshMs: number;
  requestLeaf(): Promise<CertifiedLeaf>;
  /** A leaf came back and was judged. */
  onLeaf(verdict: ChainVerdict): void;
  /** No leaf came back; the next try follows by itself. */
  onFailure(cause: unknown): void;
}

/**
 * Fetches leaves for as long as the proxy lives: at once, then at 70 % of what is left of the current
 * leaf, whether or not the last try succeeded; every `minRefreshMs` while there is none or it expired.
 */
export function startLeafRefresh(options: LeafRefreshOptions): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function refresh(): Promise<void> {
    try {
      const certified = await options.requestLeaf();
      if (!stopped) options.onLeaf(options.credentials.accept(certified));
    } catch (error) {
      if (!stopped) options.onFailure(error);
    }
    if (!stopped) timer = setTimeout(run, nextWaitMs(options));
  }
  // `refresh` reports every failure itself.
  const run = (): void => void refresh();
  run();

  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function nextWaitMs({ credentials, minRefreshMs }: LeafRefreshOptions): number {
  const remainingMs = (credentials.leaf()?.notAfterMs ?? 0) - Date.now();
  return Math.max(minRefreshMs, remainingMs * refreshShare);
}
