import type { RotationAnchors } from './anchors.ts';
import type { RecordedObjects } from './foreign-hands.ts';
import type { SurveyRequest } from './observation.ts';
import type { Sources } from './sources.ts';

/** What every activity of a rotation is told: enough to survey, to judge and to name what it does. */
export interface RotationContext {
  readonly rotationId: string;
  readonly survey: SurveyRequest;
  /** What the rotation left in the cluster; a difference stops mutations. */
  readonly recorded: RecordedObjects;
  /** Left out: cert-manager makes everything. */
  readonly sources?: Sources;
}

/** The context of a rotation that knows both of its anchors. */
export interface BoundContext extends RotationContext {
  readonly survey: SurveyRequest & { readonly anchors: Required<RotationAnchors> };
}
