import assert from 'node:assert/strict';
import { useBench } from '../support/bench.ts';
import { issuerCertificate, renewAnchorByHand, renewByHand } from '../support/by-hand.ts';
import { refreshedLeafMs } from '../support/environment.ts';
import { assertHeld, assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { conditionOf, ResourceInUse, shortSpec } from '../support/rotation-resource.ts';

const approvals = { switchIssuer: 'Required', retireAnchor: 'Required' };
const approve = (gate: string): Readonly<Record<string, string>> => ({
  'trust.linkerd.io/approve': gate,
});

describe('a rotation that is steered by the TrustAnchorRotation', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ isOperator: true, leafLifetimeMs: refreshedLeafMs });
  let resource: ResourceInUse;

  beforeEach(async () => {
    resource = new ResourceInUse(bench().kube);
    await bench().mark();
    await resource.installDefinition();
  });

  it('holds when the resource is deleted, and the next one goes on by policy and annotations', async () => {
    await resource.create({ ...shortSpec, approvals, trigger: 'first' });
    const first = await bench().startedRotation();
    await resource.until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');
    await resource.delete();
    const held = await first.ends('held');
    assert.match(JSON.stringify(held.notes), /abort asked for by the deletion/);
    await resource.untilGone();
    await assertHeld(bench(), held);

    // As GitOps puts it back: the value has had its rotation.
    await resource.create({ ...shortSpec, approvals, trigger: 'first' });
    const rest = await resource.until(
      'what became of the first',
      ({ triggers, conditions }) => triggers[0]?.outcome === 'Started' && conditions.length === 6,
    );
    assert.equal(rest.triggers[0]?.message, 'Temporal knows its rotation');
    assert.equal(conditionOf(rest, 'Ready'), 'False/RotationUnfinished');
    await resource.patch({ trigger: 'second' });
    await resource.until('the second start', ({ triggers }) =>
      triggers.some(({ value, outcome }) => value === 'second' && outcome === 'Started'),
    );
    const second = await bench().startedRotation();
    await resource.until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');
    await resource.patch({ suspend: true });
    await second.untilCondition('paused');
    await resource.patch({ suspend: false });
    await second.untilAsked('switch-issuer');
    await resource.annotate(approve('switch-issuer'));
    await resource.patch({ approvals: { retireAnchor: 'Automatic' } });
    const report = await second.ends('completed');
    assert.deepEqual(
      report.approvals.map(({ gate, by }) => `${gate} by ${by.split(' ')[0] ?? ''}`),
      ['switch-issuer by kubectl-annotate', 'retire-anchor by automatic'],
    );
    await assertRotated(bench(), report);
    const ended = await resource.until('the end', ({ phase }) => phase === 'Completed');
    assert.deepEqual(
      ended.triggers.map(({ value, outcome }) => `${value} ${outcome}`),
      ['first Started', 'second Started'],
    );
    await resource.delete();
    await resource.untilGone();
  });

  it('starts by itself where a person has renewed the anchor, and takes a renewal of the issuer for its approval', async () => {
    await resource.create({ ...shortSpec, approvals, onAnchorRenewed: 'Report' });
    await resource.until('rest', (status) => conditionOf(status, 'Ready') === 'True/AtRest');
    await renewAnchorByHand(bench());
    const told = await resource.until(
      'the renewal',
      (status) => conditionOf(status, 'Ready') === 'False/AnchorRenewed',
    );
    assert.equal(told.triggers.length, 0);
    await resource.patch({ onAnchorRenewed: 'Rotate' });
    await resource.until('a start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    const run = await bench().startedRotation();
    await run.untilAsked('switch-issuer');
    await renewByHand(bench().kube, issuerCertificate);
    await run.untilAsked('retire-anchor');
    await resource.annotate(approve('retire-anchor'));
    const report = await run.ends('completed');
    assert.equal(report.anchors?.b?.certificate.fingerprint, told.anchors?.next?.fingerprint);
    assert.match(report.approvals[0]?.by ?? '', /a person's renewal of the identity issuer/);
    await assertRotated(bench(), report);
    const reasons = (await resource.events()).map(({ reason }) => reason);
    assert.ok(reasons.includes('ApprovalNoted'));
    await resource.delete();
    await resource.untilGone();
  });
});
