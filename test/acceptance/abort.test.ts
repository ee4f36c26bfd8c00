import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { assertHeld, assertRotated, assertUntouched } from './support/end-states.ts';
import { recordHistory } from './support/histories.ts';
import { bothRequired } from './support/requests.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { refreshedLeafMs } from './support/environment.ts';

describe('an aborted rotation', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

  it('leaves everything as it was when nothing but the signer had been touched', async () => {
    await bench().mark();
    const run = await bench().rotate();
    await run.pause();
    await run.untilCondition('paused');
    bench().scenario = `an aborted rotation, paused in ${run.state.phase ?? 'no phase'}`;
    await run.abort();
    await run.ends('aborted');
    await assertUntouched(bench());
  });

  it('swings back from the bridge, holds, and a second rotation goes on with the same anchor', async () => {
    const first = await bench().rotate({
      approvals: { ...bothRequired, 'switch-issuer': 'automatic' },
    });
    await first.untilAsked('retire-anchor');
    assert.match(await first.abort(), /goes back under the old anchor/);
    const held = await first.ends('held');
    await assertHeld(bench(), held);
    await recordHistory('bridge-aborted', first.handle);

    const second = await bench().rotate({ pace: 'urgent' });
    const report = await second.ends('completed');
    assert.equal(
      report.anchors?.b?.certificate.fingerprint,
      held.anchors?.b?.certificate.fingerprint,
      'the second rotation adopts the new anchor of the first',
    );
    await assertRotated(bench(), report);
  });
});
