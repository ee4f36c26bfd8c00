import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RotationState } from '../domain/rotation-state.ts';

/** Search attributes that a Temporal namespace must have before a rotation can run in it. */
export const rotationCluster = defineSearchAttributeKey(
  'RotationCluster',
  SearchAttributeType.KEYWORD,
);
const rotationPhase = defineSearchAttributeKey('RotationPhase', SearchAttributeType.KEYWORD);
const rotationState = defineSearchAttributeKey('RotationState', SearchAttributeType.KEYWORD);
const anchorFingerprint = defineSearchAttributeKey(
  'AnchorFingerprint',
  SearchAttributeType.KEYWORD,
);
const anchorNotAfter = defineSearchAttributeKey('AnchorNotAfter', SearchAttributeType.DATETIME);

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
