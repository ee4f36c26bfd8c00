import assert from 'node:assert/strict';
import { waitFor } from '../../support/wait-for.ts';
import { useBench } from '../support/bench.ts';
import { assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { conditionOf, ResourceInUse, shortSpec } from '../support/rotation-resource.ts';
import { refreshedLeafMs } from '../support/environment.ts';

/** What people and alerts may rely on. */
const lagMs = 2_000;
/** The cluster, its mesh and other tests share the cores here, so that less than half of the phases may lag. */
const longestLagMs = 20_000;

describe('a rotation that the TrustAnchorRotation starts', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs, isOperator: true });

  it('goes from a trigger to its end, once, and the resource shows every step of it', async () => {
    const resource = new ResourceInUse(bench().kube);
    await bench().mark();
    await resource.installDefinition();
    await resource.create(shortSpec);
    const rest = await resource.until(
      'a mesh at rest',
      ({ conditions }) => conditions.length === 6,
    );
    assert.equal(rest.phase, 'Idle');
    assert.equal(conditionOf(rest, 'Ready'), 'True/AtRest');
    assert.equal(conditionOf(rest, 'AnchorExpiringSoon'), 'True/ExpiresSoon');
    assert.equal(rest.observedGeneration, 1);

    await resource.patch({ trigger: '2026-11' });
    const run = await bench().startedRotation();
    const ending = run.ends('completed');
    const lagging = resource.phaseLags(ending);
    const watched = await resource.until(
      'the counts of a gate',
      ({ gate, phase }) => phase === 'ReplacingLeaves' && gate !== undefined && gate.converged > 0,
    );
    assert.equal(conditionOf(watched, 'Progressing'), 'True/ReplacingLeaves');
    const report = await ending;
    const lags = await lagging;
    const each = Object.values(lags);
    const late = each.filter((ms) => ms > lagMs);
    assert.ok(each.length >= 7, JSON.stringify(lags));
    assert.ok(late.length < each.length / 2, JSON.stringify(lags));
    assert.ok(Math.max(...each) <= longestLagMs, JSON.stringify(lags));
    const ended = await resource.until('the end', ({ phase }) => phase === 'Completed');

    const [last] = ended.rotations;
    assert.equal(ended.rotations.length, 1);
    assert.equal(last?.id, report.rotationId);
    assert.equal(last.trigger, '2026-11');
    assert.match(last.requestedBy, /^kubectl-patch \(trigger 2026-11/);
    assert.deepEqual(
      last.phases.map(({ phase }) => phase),
      report.phases.map(({ phase }) => phase),
    );
    assert.match(ended.rotation?.webUi ?? '', /^http:\/\/ui\/namespaces\/default\/workflows\//);
    let reasons: readonly string[] = [];
    const count = (reason: string): number => reasons.filter((other) => other === reason).length;
    // Events are written behind the status that they are about.
    await waitFor(
      async () => {
        reasons = (await resource.events()).map(({ reason }) => reason);
        return count('RotationCompleted') + count('PhaseDone') >= 9;
      },
      { what: 'the Events of the last phase' },
    );
    assert.equal(count('RotationStarted'), 1);
    assert.equal(count('PhaseBegun'), 8);
    assert.equal(count('PhaseDone'), 8);
    assert.equal(count('Approved'), 2);
    assert.ok(count('GatePassed') >= 5, `gates that passed: ${String(count('GatePassed'))}`);
    assert.equal(count('RotationCompleted'), 1);
    await assertRotated(bench(), report);

    const settled = await resource.until(
      'the mesh at rest again',
      (status) => conditionOf(status, 'Ready') === 'True/AtRest',
    );
    assert.equal(settled.triggers[0]?.outcome, 'Started');
    assert.equal(settled.anchors?.current.fingerprint, report.anchors?.b?.certificate.fingerprint);
    await resource.delete();
    await resource.untilGone();
  });
});
