import type { Anchor } from '../domain/anchors.ts';
import type { Laggard } from '../domain/convergence.ts';
import { bridgeAwaited } from '../domain/imports.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { Sourced } from '../domain/sources.ts';
import { readBridge, requestOfSuccessor } from './bridge.ts';
import { askForBridge, readBridgeExchange } from './bridge-exchange.ts';
import { bridgeFault } from './bridge-fault.ts';
import type { Kube } from './kubernetes/kube.ts';

/** A bridge that the owner of A is to hand in. */
export interface BridgeImport extends Sourced {
  readonly objects: MeshObjects;
  readonly a: Anchor;
  readonly b: Anchor;
  /** ISO 8601 in UTC. */
  readonly neededUntil: string;
}

/** Puts the request where its owner finds it, unless the bridge is there. Idempotent. */
export async function requestBridge(kube: Kube, wanted: BridgeImport): Promise<void> {
  const { objects, a, b, neededUntil } = wanted;
  if (await hasBridge(kube, wanted)) return;
  const { csrPem } = await requestOfSuccessor(kube, objects, { ...wanted, b: b.certificate });
  await askForBridge(kube, objects, { csrPem, signerPem: a.pem, anchorPem: b.pem, neededUntil });
}

/** What stands between the answer and its taking over; empty where nothing does. */
export async function bridgeImportFaults(
  kube: Kube,
  wanted: BridgeImport,
): Promise<readonly Laggard[]> {
  if (await hasBridge(kube, wanted)) return [];
  const { objects, a, neededUntil } = wanted;
  const answerPem = (await readBridgeExchange(kube, objects))?.answerPem;
  const ask = { a: a.certificate, neededUntil };
  if (answerPem === undefined) {
    return [bridgeAwaited("is not there yet: the new anchor's key is to be cross-signed", ask)];
  }
  const fault = await bridgeFault(answerPem, judgedBy(wanted));
  if (fault === undefined) return [];
  return [bridgeAwaited(`was handed in and is not usable: ${fault}`, ask)];
}

async function hasBridge(kube: Kube, wanted: BridgeImport): Promise<boolean> {
  const present = await readBridge(kube, wanted.objects);
  return present !== undefined && (await bridgeFault(present.pem, judgedBy(wanted))) === undefined;
}

function judgedBy({ a, b, neededUntil }: BridgeImport): Parameters<typeof bridgeFault>[1] {
  return { a, b, neededUntilMs: Date.parse(neededUntil) };
}
