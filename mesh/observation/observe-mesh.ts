import { probelessRequest } from '../../domain/observation.ts';
import type { AnchorCandidates, RotationAnchors } from '../../domain/anchors.ts';
import { identifyAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { Timings } from '../../domain/rotation-request.ts';
import type { Survey } from '../../domain/survey.ts';
import type { Surveyor } from './survey.ts';

export interface MeshQuestion {
  readonly objects: MeshObjects;
  readonly timings: Timings;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

export interface ObservedMesh {
  readonly candidates: AnchorCandidates;
  readonly anchors: RotationAnchors;
  readonly survey: Survey;
}

/**
 * A mesh as a person looks at it who knows nothing yet: finds its anchors, then surveys it without
 * creating anything.
 * @throws as `Surveyor.discover` and `Surveyor.survey`
 */
export async function observeMesh(
  surveyor: Surveyor,
  { objects, timings, signal, onProgress }: MeshQuestion,
): Promise<ObservedMesh> {
  const candidates = await surveyor.discover(objects);
  const anchors = identifyAnchors(candidates);
  const survey = await surveyor.survey(probelessRequest({ objects, timings, anchors }), {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return { candidates, anchors, survey };
}
