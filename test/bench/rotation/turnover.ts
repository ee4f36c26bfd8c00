import { setTimeout as delay } from 'node:timers/promises';
import { documentedObjects as objects } from '../../../domain/objects.ts';
import { readTlsSecret, secretRef } from '../../../mesh/tls-secret.ts';
import type { RotationMesh } from './rotation-mesh.ts';

const lookEveryMs = 100;

/** The wait for leaves that nobody can shorten, as the issuer's Secret and the proxies themselves show it. */
export interface Turnover {
  /**
   * From the new issuer in the Secret to the last proxy that presents a leaf of another.
   * @throws when the leaves did not turn over meanwhile
   */
  stop(): Promise<number>;
}

/**
 * Watches the first change of issuer from now on. How long the leaves take depends on when they were
 * last refreshed, which is chance: both sides of a comparison are freed of it by this.
 */
export async function watchTurnover(watched: RotationMesh): Promise<Turnover> {
  const over = new AbortController();
  const former = await issuerInSecret(watched);
  const watching = watch(watched, former, over.signal);
  return {
    stop: async () => {
      over.abort();
      const tookMs = await watching;
      if (tookMs !== undefined) return tookMs;
      throw new Error('the leaves did not turn over while they were watched');
    },
  };
}

async function watch(
  watched: RotationMesh,
  former: string | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  let issuer = former;
  while (issuer === former) {
    if (signal.aborted) return undefined;
    await delay(lookEveryMs);
    issuer = await issuerInSecret(watched);
  }
  const beganAtMs = performance.now();
  await untilTurnedOver(watched, issuer, signal);
  return signal.aborted ? undefined : performance.now() - beganAtMs;
}

/** Waits until every proxy presents a leaf of this issuer, or the signal ends it. */
export async function untilTurnedOver(
  { local }: RotationMesh,
  issuer: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const proxies = local.mesh.proxies();
    if (signal?.aborted === true || proxies.every(({ chain }) => chain[1] === issuer)) return;
    // To look at thousands takes from them what they run on.
    await delay(Math.max(lookEveryMs, proxies.length / 8));
  }
}

/** Fingerprint of the issuer that signs leaves, or is about to. */
export async function issuerInSecret({ kube }: RotationMesh): Promise<string | undefined> {
  const ref = secretRef(objects.linkerdNamespace, objects.identityIssuer);
  return (await readTlsSecret(kube, ref))?.certificate.fingerprint;
}
