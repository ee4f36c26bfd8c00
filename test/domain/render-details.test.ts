import assert from 'node:assert/strict';
import type { Laggard } from '../../domain/convergence.ts';
import { phasesOf } from '../../domain/phases.ts';
import { renderDetails } from '../../domain/render-details.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import {
  beginPhase,
  endPhase,
  newRotationState,
  pendingPhases,
} from '../../domain/rotation-state.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { survey } from '../support/survey-builder.ts';

const at = '2026-06-01T00:00:00.000Z';

function laggards(count: number): readonly Laggard[] {
  return Array.from({ length: count }, (_, index) => ({
    what: `pod shop/web-${index}`,
    reason: 'holds A | wants\nB',
    remedy: 'restart Deployment shop/web',
  }));
}

function running(more: Partial<RotationState> = {}): RotationState {
  const planned = { ...newRotationState([]), phases: pendingPhases(phasesOf('bridge')) };
  return { ...planned, ...more };
}

describe('the current details of a rotation', () => {
  it('begin with the condition, the method and what was restarted', () => {
    const text = renderDetails(
      running({
        rotationId: '1f2e3d4c-5a6b7c8d',
        method: 'bridge',
        hardDeadline: at,
        restarts: { waves: 2, workloads: 7 },
      }),
    );

    assert.match(text, /^## Trust anchor rotation 1f2e3d4c-5a6b7c8d$/m);
    assert.match(
      text,
      /^\*\*running\*\* · method bridge · 7 workload restarts in 2 waves · hard deadline 2026-06-01/m,
    );
  });

  it('are a checklist of phases', () => {
    const begun = beginPhase(running(), 'Preflight', at);
    const text = renderDetails(beginPhase(endPhase(begun, 'Preflight', at), 'PinningSigner', at));

    assert.match(text, /^- ✅ \*\*Preflight\*\*: survey the mesh/m);
    assert.match(text, /^- ▶️ \*\*PinningSigner\*\*/m);
    assert.match(text, /^- ⬜ \*\*Verifying\*\*/m);
  });

  it('show the exact command that an approval waits for', () => {
    const waiting = {
      for: 'approval',
      since: at,
      approval: 'switch-issuer',
      laggards: [],
    } as const;

    const text = renderDetails(running({ waiting }));

    assert.match(text, /### Waits for approval/);
    assert.match(text, /^linkerd-trust approve switch-issuer$/m);
  });

  it('name the laggards of a gate in a table that their texts cannot break, and count the rest', () => {
    const gate = {
      gate: 'fleet-holds-both',
      title: 'every live verifier holds A and B',
      passed: false,
      converged: 3,
      total: 85,
      laggards: laggards(50),
      unnamed: 32,
      at,
    } as const;

    const text = renderDetails(running({ gate }));

    assert.match(text, /### Gate `fleet-holds-both`: not passed yet\n.*: 3 of 85/);
    assert.equal(text.split('\n').filter((line) => line.startsWith('| pod')).length, 10);
    assert.match(text, /\| holds A \\\| wants B \|/);
    assert.match(text, /… and 72 more/);
  });

  it('say that a gate has passed', () => {
    const gate = {
      gate: 'signer-pinned',
      title: 'the signer is pinned',
      passed: true,
      converged: 3,
      total: 3,
      laggards: [],
      unnamed: 0,
      at,
    } as const;

    assert.match(renderDetails(running({ gate })), /### Gate `signer-pinned`: passed/);
  });

  it('show why nothing moves, the fleet, the notes and the reason of an end', () => {
    const text = renderDetails(
      running({
        condition: 'held',
        reason: 'aborted by ann',
        waiting: { for: 'a person to look', since: at, laggards: laggards(2) },
        observed: summarise(survey()),
        notes: [{ at, text: 'paused by ann' }],
      }),
    );

    assert.match(text, /\*\*held\*\*.*\n\naborted by ann/);
    assert.match(text, /\| pod shop\/web-1 \|/);
    assert.match(text, /\| data-plane \| A \| a \| 2 \|/);
    assert.match(text, /^- identity × 1: holds A, signs a$/m);
    assert.match(text, /^- injector × 1: hands out A$/m);
    assert.match(text, /^- 2026-06-01T00:00:00.000Z paused by ann$/m);
    assert.doesNotMatch(text, /and \d+ more/);
  });

  it('count what stands in the way and is not named', () => {
    const waiting = { for: 'a person to look', since: at, laggards: laggards(2), unnamed: 7 };
    assert.match(renderDetails(running({ waiting })), /… and 7 more/);
  });
});
