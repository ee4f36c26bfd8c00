import assert from 'node:assert/strict';
import { requestOf } from '../../../domain/resource/rotation-resource.ts';
import { compareSpec, isEmpty, specVerdict } from '../../../domain/resource/spec-change.ts';
import { rotationSpec } from '../../../mesh/resource/rotation-resource.ts';

const cause = { trigger: 'june', requestedBy: 'ada', replaces: 'aa' };
const spec = rotationSpec.parse({ method: 'Auto', exceptions: [{ name: 'pod a/b', reason: 'x' }] });
const request = requestOf(spec, { id: 'uid', name: 'prod' }, cause);

describe('a spec beside the rotation that runs', () => {
  it('differs in nothing right after the start', () => {
    const { revision, refused } = compareSpec(spec, request, 'bridge');
    assert.ok(isEmpty(revision));
    assert.deepEqual(refused, []);
  });

  it('may change pace, approvals and wave size', () => {
    const approvals = { 'switch-issuer': 'automatic', 'retire-anchor': 'required' } as const;
    const changed = { ...spec, pace: 'urgent', restarts: { waveSize: 2 }, approvals } as const;
    const { revision, refused } = compareSpec(changed, request, 'bridge');
    assert.deepEqual(revision, { pace: 'urgent', approvals, restarts: { waveSize: 2 } });
    assert.deepEqual(refused, []);
    assert.ok(isEmpty(compareSpec(changed, { ...request, ...revision }, 'bridge').revision));
  });

  it('may change nothing else', () => {
    const changed = {
      ...spec,
      method: 'overlap',
      timings: { ...spec.timings, pollMs: 1 },
      objects: { ...spec.objects, bundle: 'other', bundleOwnership: 'direct' },
      sources: { ...spec.sources, bridge: 'imported' },
      exceptions: [],
    } as const;
    const { revision, refused } = compareSpec(changed, request, 'bridge');
    assert.ok(isEmpty(revision));
    assert.deepEqual(refused, ['method', 'timings', 'objects', 'bundle', 'bridge', 'exceptions']);
  });

  it('may not ask an overlap to wait for ordinary deploys', () => {
    const { revision, refused } = compareSpec({ ...spec, pace: 'natural' }, request, 'overlap');
    assert.ok(isEmpty(revision));
    assert.deepEqual(refused, ['pace']);
  });

  it('is judged in a condition', () => {
    const none = { refused: [], failed: [], waiting: undefined, trigger: undefined };
    const at = '2026-06-01T12:00:00.000Z';
    const trigger = { value: 'june', at, outcome: 'Refused', message: 'one ran' } as const;
    assert.equal(specVerdict(none).reason, 'Accepted');
    assert.equal(specVerdict({ ...none, waiting: 'for Temporal' }).status, 'Unknown');
    assert.equal(specVerdict({ ...none, trigger }).reason, 'TriggerRefused');
    const refused = specVerdict({ ...none, refused: ['method'], trigger });
    assert.equal(refused.reason, 'ChangedWhileRotating');
    assert.match(refused.message, /^spec.method cannot change while a rotation runs/);
    const failed = [{ step: 'start', error: 'Could not start: no. Next step: x.' }] as const;
    const broken = specVerdict({ ...none, failed, refused: ['method'] });
    assert.equal(broken.reason, 'StartFailed');
    assert.match(broken.message, /^a rotation could not be started, .*Next step: x\.$/);
  });
});
