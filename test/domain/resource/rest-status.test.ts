import assert from 'node:assert/strict';
import type { PastRotation } from '../../../domain/resource/past-rotation.ts';
import { emptyStatus } from '../../../domain/resource/resource-status.ts';
import type { RestSight } from '../../../domain/resource/rest-status.ts';
import { statusAtRest } from '../../../domain/resource/rest-status.ts';
import type { TrustObjects } from '../../../domain/survey.ts';
import { ago, anchors } from '../../client/fixtures.ts';
import { around } from '../../support/rotation-sight.ts';
import { survey } from '../../support/survey-builder.ts';

type Seen = Extract<RestSight, { kind: 'seen' }>;

/** One anchor, the issuer under it, the signer in its place. */
const base = survey().objects;
const quiet: TrustObjects = {
  ...base,
  trustAnchor: anchors.a.certificate,
  signer: { source: 'trust-anchor', secretName: 'linkerd-trust-anchor' },
  issuer: { ...base.issuer, under: { a: 'yes', b: 'no' } },
  bundle: { ...base.bundle, divergentTargets: [] },
};

function seen(objects: Partial<TrustObjects> = {}, more: Partial<Seen> = {}): Seen {
  return {
    kind: 'seen',
    anchors: { a: anchors.a },
    objects: { ...quiet, ...objects },
    at: ago(0),
    ...more,
  };
}

const held: PastRotation = {
  id: 'aaaaaaaa-bbbbbbbb',
  runId: 'run-1',
  outcome: 'held',
  reason: 'aborted in ReplacingLeaves',
  requestedBy: 'ada',
  newAnchor: anchors.b.certificate.fingerprint,
  startedAt: ago(600),
  endedAt: ago(60),
  durationSeconds: 540,
  phases: [],
};

function ready(sight: RestSight, rotations: readonly PastRotation[] = []): string {
  const { conditions } = statusAtRest({ ...emptyStatus, rotations }, sight, around);
  const found = conditions.find(({ type }) => type === 'Ready');
  return `${String(found?.status)}/${String(found?.reason)}`;
}

describe('the status at rest', () => {
  it('is ready where one anchor is trusted and signs', () => {
    assert.equal(ready(seen()), 'True/AtRest');
    const status = statusAtRest(emptyStatus, seen(), around);
    assert.equal(status.phase, 'Idle');
    assert.equal(status.anchors?.current.fingerprint, anchors.a.certificate.fingerprint);
    assert.equal(status.surveyedAt, ago(0));
  });

  const past = '2026-01-02T00:00:00.000Z';
  const ended = { ...anchors.a, certificate: { ...anchors.a.certificate, notAfter: past } };
  const { certificate } = quiet.issuer;
  const troubles: readonly (readonly [string, RestSight])[] = [
    ['SurveyFailed', { kind: 'failed', reason: 'no right', at: ago(0) }],
    ['AnchorExpired', seen({}, { anchors: { a: ended } })],
    [
      'IssuerExpired',
      seen({ issuer: { ...quiet.issuer, certificate: { ...certificate, notAfter: past } } }),
    ],
    ['IssuerNotTrusted', seen({ issuer: { ...quiet.issuer, under: { a: 'no', b: 'no' } } })],
    ['AnchorRenewed', seen({}, { anchors })],
    ['SignerMoved', seen({ signer: { source: 'bridge', secretName: 'linkerd-trust-bridge' } })],
    ['BundleUnfit', seen({ bundle: { ...quiet.bundle, hazard: 'two keys' } })],
    ['BundleDiverges', seen({ bundle: { ...quiet.bundle, divergentTargets: ['shop'] } })],
  ];
  for (const [reason, sight] of troubles) {
    it(`is not ready: ${reason}`, () => {
      assert.equal(ready(sight), `False/${reason}`);
    });
  }

  it('tells an anchor that a rotation left behind from one that somebody renewed', () => {
    assert.equal(ready(seen({}, { anchors }), [held]), 'False/RotationUnfinished');
    const missed = { ...held, outcome: 'not-started' };
    assert.equal(ready(seen({}, { anchors }), [missed]), 'False/AnchorRenewed');
    const pinned = { source: 'previous-anchor', secretName: 'linkerd-previous-anchor' } as const;
    assert.equal(
      ready(seen({ signer: pinned }, { anchors }), [missed]),
      'False/RotationUnfinished',
    );
  });

  it('shows how the last rotation ended, whatever stood there', () => {
    const spoilt = {
      ...emptyStatus,
      rotations: [held],
      phase: 'ReplacingLeaves',
      gate: { name: 'x', title: 'x', passed: false, converged: 1, total: 2, at: ago(99) },
      laggards: [{ what: 'x', reason: 'y', remedy: 'z' }],
    };
    const status = statusAtRest(spoilt, seen(), around);
    assert.equal(status.phase, 'Held');
    assert.equal(status.progress, 'aborted in ReplacingLeaves');
    assert.equal(status.gate, undefined);
    assert.deepEqual(status.laggards, []);
    assert.equal(status.rotation?.condition, 'held');
    assert.equal(status.conditions.find(({ type }) => type === 'Progressing')?.reason, 'Held');
  });

  it('warns of an anchor that ends soon, by the measure of the spec', () => {
    const verdictWith = (warnBeforeExpiryMs: number): string | undefined =>
      statusAtRest(emptyStatus, seen(), { ...around, warnBeforeExpiryMs }).conditions.find(
        ({ type }) => type === 'AnchorExpiringSoon',
      )?.reason;
    assert.equal(verdictWith(86_400_000), 'InDate');
    assert.equal(verdictWith(800 * 86_400_000), 'ExpiresSoon');
  });
});
