import type { RotationAnchors } from './anchors.ts';
import type { BundleEpoch, IssuerEpoch } from './history.ts';
import type { MeshObjects } from './objects.ts';
import type { Timings } from './rotation-request.ts';

/** Everything a survey needs to know beforehand. */
export interface SurveyRequest {
  readonly objects: MeshObjects;
  readonly anchors: RotationAnchors;
  readonly bundleHistory: readonly BundleEpoch[];
  readonly issuerHistory: readonly IssuerEpoch[];
  /** Names excepted by a person: proxies of these are not counted, outsiders not asked for. */
  readonly excepted: readonly string[];
  readonly timings: Timings;
  /** Ask live proxies with probes; without, only what needs no object of ours in the cluster is known. */
  readonly probe: boolean;
}

/** For a look that makes no probes and remembers nothing: before a rotation, or beside one. */
export function probelessRequest(
  known: Pick<SurveyRequest, 'objects' | 'timings' | 'anchors'>,
  excepted: readonly string[] = [],
): SurveyRequest {
  const { objects, timings, anchors } = known;
  const nothingKept = { bundleHistory: [], issuerHistory: [] };
  return { objects, timings, anchors, ...nothingKept, excepted, probe: false };
}
