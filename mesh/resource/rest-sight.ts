import { identifyAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { RestSight } from '../../domain/resource/rest-status.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { discoverDocumentedAnchors } from '../observation/discover-anchors.ts';
import { readTrustObjects } from '../observation/trust-objects.ts';
import { readAnchor } from '../anchors.ts';
import { redact } from '../kubernetes/redact.ts';

/** Looks at the objects of trust, cheaply: about a dozen requests, no pod and no proxy. Never throws. */
export async function lookAtRest(
  kube: Kube,
  objects: MeshObjects,
  nowMs: number,
): Promise<RestSight> {
  const at = new Date(nowMs).toISOString();
  try {
    const anchors = identifyAnchors(await discoverDocumentedAnchors(kube, objects));
    const seen = await readTrustObjects(kube, objects, { anchors, atMs: nowMs });
    return { kind: 'seen', anchors, objects: seen, at };
  } catch (error) {
    return {
      kind: 'failed',
      reason: redact(error instanceof Error ? error.message : String(error)),
      at,
    };
  }
}

/** Whether the anchor is another one than was seen: one request. What cannot be read is for the next look to tell. */
export async function isAnchorNew(
  kube: Kube,
  { trustNamespace: namespace, trustAnchor: name }: MeshObjects,
  seen: string,
): Promise<boolean> {
  const anchor = await readAnchor(kube, { namespace, name }).catch(() => undefined);
  return anchor !== undefined && anchor.certificate.fingerprint !== seen;
}
