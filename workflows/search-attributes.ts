import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RotationState } from '../domain/rotation-state.ts';
import type { RotationSearchAttribute } from '../domain/search-attributes.ts';

export const rotationCluster = keyword('RotationCluster');
export const rotationPhase = keyword('RotationPhase');
const rotationState = keyword('RotationState');
const anchorFingerprint = keyword('AnchorFingerprint');
const anchorNotAfter = defineSearchAttributeKey(
  'AnchorNotAfter' satisfies RotationSearchAttribute,
  SearchAttributeType.DATETIME,
);

function keyword(
  name: RotationSearchAttribute,
): ReturnType<typeof defineSearchAttributeKey<'KEYWORD'>> {
  return defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
}

/** Publishes where a rotation stands; each call is one event of its history. */
export function publish(state: RotationState): void {
  const anchor = (state.anchors?.b ?? state.anchors?.a)?.certificate;
  upsertSearchAttributes([
    { key: rotationPhase, value: state.phase ?? 'none' },
    { key: rotationState, value: state.condition },
    ...(anchor === undefined
      ? []
      : [
          { key: anchorFingerprint, value: anchor.fingerprint },
          { key: anchorNotAfter, value: new Date(anchor.notAfter) },
        ]),
  ]);
}
