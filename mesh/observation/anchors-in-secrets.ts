import type { Inventory } from '../../domain/inventory.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { Sourced } from '../../domain/sources.ts';
import { importsAnchor } from '../../domain/sources.ts';
import type { AnchorFacts } from '../anchors.ts';
import { hasIntermediate, readAnchor } from '../anchors.ts';
import { ForbiddenError } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { TlsSecretError } from '../tls-secret.ts';
import { requireTrustAnchor } from './trust-objects.ts';

/** The anchors in their Secrets. */
export interface AnchorsInSecrets {
  readonly anchor: AnchorFacts;
  readonly previous?: AnchorFacts | undefined;
  /** Handed in, and not taken over yet. */
  readonly next?: AnchorFacts | undefined;
}

/** @throws ObservationError when there is no anchor; TlsSecretError */
export async function readAnchors(
  kube: Kube,
  objects: MeshObjects,
  wanted: Sourced,
): Promise<AnchorsInSecrets> {
  const { trustNamespace: namespace, previousAnchor, nextAnchor } = objects;
  const [anchor, previous, next] = await Promise.all([
    requireTrustAnchor(kube, objects),
    readAnchor(kube, { namespace, name: previousAnchor }),
    importsAnchor(wanted)
      ? readAnchor(kube, { namespace, name: nextAnchor }).catch(notReadable)
      : undefined,
  ]);
  return { anchor, previous, next };
}

/** A right that lacks is an obstacle of its own, and what is no anchor is said when it is waited for. */
function notReadable(error: unknown): undefined {
  if (!(error instanceof TlsSecretError || error instanceof ForbiddenError)) throw error;
}

/** What can sign for each. */
export function keysOf({
  anchor,
  previous,
  next,
}: AnchorsInSecrets): Pick<
  Inventory['anchor'],
  | 'hasKey'
  | 'previousHasKey'
  | 'intermediateNotAfter'
  | 'previousIntermediateNotAfter'
  | 'nextHasIntermediate'
> {
  const intermediateNotAfter = endOfIntermediate(anchor);
  const previousIntermediateNotAfter = endOfIntermediate(previous);
  return {
    hasKey: anchor.hasKey,
    previousHasKey: previous?.hasKey ?? false,
    ...(intermediateNotAfter === undefined ? {} : { intermediateNotAfter }),
    ...(previousIntermediateNotAfter === undefined ? {} : { previousIntermediateNotAfter }),
    nextHasIntermediate: next !== undefined && hasIntermediate(next),
  };
}

function endOfIntermediate(found: AnchorFacts | undefined): string | undefined {
  return found !== undefined && hasIntermediate(found) ? found.signer.notAfter : undefined;
}
