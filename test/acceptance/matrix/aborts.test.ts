import assert from 'node:assert/strict';
import type { Method, PhaseName } from '../../../domain/phases.ts';
import { phases, phasesOf } from '../../../domain/phases.ts';
import type { RotationState } from '../../../domain/rotation-state.ts';
import type { Bench } from '../support/bench.ts';
import { useBench } from '../support/bench.ts';
import { assertHeld, assertRotated, assertUntouched } from '../support/end-states.ts';
import type { RotationRun } from '../support/rotation-run.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { refreshedLeafMs } from '../support/environment.ts';

const methods: readonly Method[] = ['bridge', 'overlap'];

for (const method of methods) {
  describe(`an abort of method ${method}`, function () {
    this.timeout(scenarioTimeoutMs);
    const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

    for (const phase of phasesOf(method)) {
      it(`in ${phase} is safe, and an anchor is replaced in the end`, async () => {
        const run = await bench().rotate({ method });
        const { condition } = await pausedIn(run, phase);
        // Not by the phase that was meant: it may have been over too soon.
        const paused = isForwardOnly(run)
          ? 'too late'
          : `paused in ${run.state.phase ?? 'no phase'}`;
        bench().scenario = `an abort of method ${method}, ${paused}`;
        if (isForwardOnly(run)) {
          if (condition === 'paused') await assertAbortRefused(run);
          await assertRotated(bench(), await run.ends('completed'));
          return;
        }
        await run.abort();
        await assertLeftSafely(bench(), run);
        const next = await bench().rotate({ method });
        await assertRotated(bench(), await next.ends('completed'));
      });
    }
  });
}

/** Stops a rotation in a phase, or in a later one if that was quicker; the last one may be over, too. */
async function pausedIn(run: RotationRun, phase: PhaseName): Promise<RotationState> {
  if (phase !== 'Preflight') await run.untilPhase(phase);
  await run.pause();
  return run.until('a pause, or its end', ({ condition }) =>
    ['paused', 'completed'].includes(condition),
  );
}

async function assertAbortRefused(run: RotationRun): Promise<void> {
  await assert.rejects(run.abort(), (error: Error) =>
    String(error.cause).includes('the old anchor has left the bundle'),
  );
  await run.resume();
}

/** Once the previous anchor is a copy of the new one. */
function isForwardOnly({ state: { recorded, anchors } }: RotationRun): boolean {
  const b = anchors?.b?.certificate.fingerprint;
  return b !== undefined && recorded?.previousAnchor === b;
}

async function assertLeftSafely(bench: Bench, run: RotationRun): Promise<void> {
  const { abort } = phases[run.state.phase ?? 'Preflight'];
  if (abort === 'nothing' || abort === 'unpin') {
    await run.ends('aborted');
    await assertUntouched(bench);
  } else {
    await assertHeld(bench, await run.ends('held'));
  }
}
