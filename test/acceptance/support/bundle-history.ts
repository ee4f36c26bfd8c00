import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import { ownTargetRef } from '../../../mesh/bundle-target.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { parseChain } from '../../../mesh/x509.ts';

const longestWatchMs = 60_000;
const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

export interface BundleHistory {
  /** The fingerprints that the bundle has held, sorted, from its beginning on; as often as they changed. */
  readonly end: () => Promise<readonly (readonly string[])[]>;
}

/** Follows what the control plane reads by a watch, which sees what is there for a moment only. */
export function followBundle(kube: Kube): BundleHistory {
  const texts: string[] = [];
  const over = new AbortController();
  const followed = follow(kube, over.signal, (text) => {
    if (texts.at(-1) !== text) texts.push(text);
  });
  // Told of at the end, whenever it was.
  followed.catch(() => undefined);
  return {
    end: async () => {
      over.abort();
      await followed;
      return fingerprintsOf(texts);
    },
  };
}

async function follow(kube: Kube, signal: AbortSignal, saw: (text: string) => void): Promise<void> {
  const options = { atMostMs: longestWatchMs, signal };
  try {
    while (!signal.aborted) {
      const changes = kube.follow(ownTargetRef(documentedObjects), configMap, options);
      for await (const object of changes) saw(object?.data[documentedObjects.bundleKey] ?? '');
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function fingerprintsOf(texts: readonly string[]): Promise<readonly (readonly string[])[]> {
  const chains = await Promise.all(texts.map((text) => parseChain(text)));
  return chains.map((chain) => chain.map(({ fingerprint }) => fingerprint).toSorted());
}
