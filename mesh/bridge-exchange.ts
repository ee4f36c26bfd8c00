import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

/**
 * What the owner of an anchor whose key is elsewhere is asked, and answers. It travels in a ConfigMap:
 * everything in it is public.
 */
export interface BridgeRequest {
  /** B's name and key, signed by that key. */
  readonly csrPem: string;
  /** A: whose key is to sign. */
  readonly signerPem: string;
  /** B: what the answer must be a twin of. */
  readonly anchorPem: string;
  /** What ends earlier is of no use; ISO 8601 in UTC. */
  readonly neededUntil: string;
}

export interface BridgeExchange extends BridgeRequest {
  /** What the owner has handed in, whatever it is worth. */
  readonly answerPem?: string;
}

const keys = {
  csrPem: 'request.csr',
  signerPem: 'signer.crt',
  anchorPem: 'anchor.crt',
  neededUntil: 'needed-until',
  answerPem: 'bridge.crt',
} as const;

const exchangeObject = z.object({
  data: z.object({
    [keys.csrPem]: z.string(),
    [keys.signerPem]: z.string(),
    [keys.anchorPem]: z.string(),
    [keys.neededUntil]: z.string(),
    [keys.answerPem]: z.string().optional(),
  }),
});

/** `undefined` where no rotation asks. */
export async function readBridgeExchange(
  kube: Kube,
  objects: MeshObjects,
): Promise<BridgeExchange | undefined> {
  const found = await kube.get(exchangeRef(objects), exchangeObject);
  if (found === undefined) return undefined;
  const { data } = found;
  const answerPem = data[keys.answerPem];
  return {
    csrPem: data[keys.csrPem],
    signerPem: data[keys.signerPem],
    anchorPem: data[keys.anchorPem],
    neededUntil: data[keys.neededUntil],
    ...(answerPem === undefined ? {} : { answerPem }),
  };
}

/**
 * Asks. Idempotent: the CSR of one question differs with each making, so one for the same anchors stays
 * as it is, with its answer; one of an earlier rotation is replaced.
 */
export async function askForBridge(
  kube: Kube,
  objects: MeshObjects,
  request: BridgeRequest,
): Promise<void> {
  const ref = exchangeRef(objects);
  const { csrPem, signerPem, anchorPem, neededUntil } = request;
  const present = await readBridgeExchange(kube, objects);
  if (present?.signerPem === signerPem && present.anchorPem === anchorPem) {
    await kube.patch(ref, { data: { [keys.neededUntil]: neededUntil } }, 'merge');
    return;
  }
  const data = {
    [keys.csrPem]: csrPem,
    [keys.signerPem]: signerPem,
    [keys.anchorPem]: anchorPem,
    [keys.neededUntil]: neededUntil,
  };
  try {
    await kube.create(ref, { data });
  } catch (error) {
    if (!isConflict(error) || !error.alreadyExists) throw error;
    await kube.patch(ref, { data: { ...data, [keys.answerPem]: null } }, 'merge');
  }
}

/** Answers, with a certificate that has been judged. */
export async function answerBridgeRequest(
  kube: Kube,
  objects: MeshObjects,
  certificatePem: string,
): Promise<void> {
  const data = { [keys.answerPem]: certificatePem };
  await kube.patch(exchangeRef(objects), { data }, 'merge');
}

/** `false` where there was none. */
export function removeBridgeExchange(kube: Kube, objects: MeshObjects): Promise<boolean> {
  return kube.delete(exchangeRef(objects));
}

function exchangeRef({ trustNamespace, bridgeRequest }: MeshObjects): ObjectRef {
  return { type: resources.configMaps, namespace: trustNamespace, name: bridgeRequest };
}
