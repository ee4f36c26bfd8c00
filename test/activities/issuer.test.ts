import assert from 'node:assert/strict';
import { createIssuerActivities } from '../../activities/issuer.ts';
import type { Survey } from '../../domain/survey.ts';
import { issuer, objects, survey } from '../support/survey-builder.ts';
import {
  contextAfter,
  dependencies,
  fakeClock,
  inActivity,
  surveyorOf,
} from './activity-fixture.ts';

/** A mesh whose issuer was signed so long ago. */
function signedBefore(ageMs: number, nowMs: number): Survey {
  const notBefore = new Date(nowMs - ageMs).toISOString();
  const young = issuer('x');
  const certificate = { ...young.certificate, notBefore };
  return survey({ objects: objects({ issuer: { ...young, certificate } }) });
}

describe('renewIdentityIssuer', () => {
  async function sleptBeforeRenewal(ageMs: number): Promise<readonly number[]> {
    const clock = fakeClock();
    const mesh = signedBefore(ageMs, clock.nowMs());
    const deps = dependencies({ clock, surveyor: surveyorOf(mesh) });
    const { renewIdentityIssuer } = createIssuerActivities(deps);
    const input = { context: contextAfter(mesh), expect: 'a' } as const;
    // There is no cluster behind it: the renewal itself fails, after the wait.
    await assert.rejects(
      inActivity(() => renewIdentityIssuer(input)),
      TypeError,
    );
    return clock.slept;
  }

  it('waits until the next issuer will not end together with the last, which nobody could tell apart', async () => {
    assert.deepEqual(await sleptBeforeRenewal(1_000), [4_000]);
  });

  it('does not wait behind an issuer that is old enough', async () => {
    assert.deepEqual(await sleptBeforeRenewal(60_000), []);
  });
});
