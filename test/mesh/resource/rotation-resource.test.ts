import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { defaultTimings } from '../../../domain/rotation-request.ts';
import { foreignStatusWrites, ownerOf } from '../../../mesh/resource/field-owners.ts';
import { rotationResource, rotationSpec } from '../../../mesh/resource/rotation-resource.ts';

const metadata = { uid: 'u', resourceVersion: '7', generation: 2 };

describe('a TrustAnchorRotation as it is read', () => {
  it('says everything in the words and units of the product', () => {
    const spec = rotationSpec.parse({
      trigger: '2026-11',
      method: 'Overlap',
      pace: 'Urgent',
      approvals: { switchIssuer: 'Automatic' },
      restarts: { waveSize: 3 },
      anchor: { source: 'Imported' },
      timings: { poll: '500ms', naturalChurn: '1h30m' },
      objects: { linkerdNamespace: 'mesh' },
      bundle: { ownership: 'Direct' },
      exceptions: [{ name: 'Link multicluster/west', reason: 'is gone soon' }],
      suspend: true,
      onAnchorRenewed: 'Rotate',
      onAnchorExpiring: 'Rotate',
      warnBeforeExpiry: '48h',
      surveyEvery: '1m',
    });
    assert.deepEqual(spec, {
      trigger: '2026-11',
      method: 'overlap',
      pace: 'urgent',
      approvals: { 'switch-issuer': 'automatic', 'retire-anchor': 'required' },
      restarts: { waveSize: 3 },
      timings: { ...defaultTimings, pollMs: 500, naturalChurnMs: 5_400_000 },
      objects: { ...documentedObjects, linkerdNamespace: 'mesh', bundleOwnership: 'direct' },
      sources: { anchor: 'imported', bridge: 'certManager' },
      exceptions: [{ name: 'Link multicluster/west', reason: 'is gone soon' }],
      suspend: true,
      onAnchorRenewed: 'rotate',
      onAnchorExpiring: 'rotate',
      warnBeforeExpiryMs: 172_800_000,
      surveyEveryMs: 60_000,
    });
  });

  it('is refused with what is wrong with it', () => {
    for (const [spec, problem] of [
      [{ method: 'Luck' }, /method/],
      [{ surveyEvery: 'often' }, /is not a duration such as 30s/],
      [{ timings: { poll: '0s' } }, /poll.*must be at least 1ms/s],
      [{ restarts: { waveSize: 0 } }, /waveSize/],
      [{ bundle: { ownership: 'Mine' } }, /ownership/],
    ] as const) {
      assert.throws(() => rotationResource.parse({ metadata, spec }), problem);
    }
  });

  it('counts what somebody has spoilt in its status as absent, and keeps the rest', () => {
    const { status } = rotationResource.parse({
      metadata,
      spec: {},
      status: {
        conditions: 'none',
        triggers: [{ value: 'x', at: 'y', outcome: 'Started' }],
        rotations: [{ id: 1 }],
        rotation: 7,
      },
    });
    assert.deepEqual(status.conditions, []);
    assert.equal(status.triggers[0]?.value, 'x');
    assert.deepEqual(status.rotations, []);
    assert.equal(status.rotation, undefined);
  });

  it('knows who has written what', () => {
    const time = '2026-06-01T12:00:00Z';
    const managedFields = [
      { manager: 'helm', fieldsV1: { 'f:spec': { 'f:pace': {} } } },
      { manager: 'kubectl-patch', fieldsV1: { 'f:spec': { 'f:trigger': {} } } },
      { manager: 'linkerd-trust-rotation', subresource: 'status', fieldsV1: { 'f:status': {} } },
      {
        manager: 'kubectl-edit',
        subresource: 'status',
        time,
        fieldsV1: {
          'f:status': {
            'f:phase': {},
            'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:reason': {} } },
          },
        },
      },
    ];
    const conditions = [conditionNamed('Blocked'), conditionNamed('Ready')];
    const resource = rotationResource.parse({
      metadata: { ...metadata, managedFields },
      spec: {},
      status: { phase: 'Idle', progress: 'by us', conditions },
    });
    assert.equal(ownerOf(resource, ['spec', 'trigger']), 'kubectl-patch');
    assert.equal(ownerOf(resource, ['spec', 'suspend']), undefined);
    assert.deepEqual(foreignStatusWrites(resource), [
      `kubectl-edit ${time} [["Idle",[["ReasonOfReady"]]]]`,
    ]);
  });
});

function conditionNamed(type: string): object {
  return {
    type,
    status: 'False',
    reason: `ReasonOf${type}`,
    message: '',
    lastTransitionTime: '2026-06-01T12:00:00Z',
    observedGeneration: 1,
  };
}
