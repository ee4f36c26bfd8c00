import { phasesOf } from '../domain/phases.ts';
import { resumeAt } from '../domain/plan.ts';
import type { Rotation } from './rotation.ts';
import { checkpoint } from './steps.ts';

/**
 * The old anchor will not sign the new one's key, and nothing but the bundle has changed yet: both
 * methods stand here alike, so the rotation goes on by spreading {A,B} with restarts.
 */
export async function fallBackToOverlap(rotation: Rotation, because: string): Promise<void> {
  await agreeToRestarts(rotation, because);
  const all = phasesOf('overlap');
  const from = all.indexOf(resumeAt('overlap', 'BridgingIdentityIssuer'));
  rotation.note(`goes on with method overlap: ${because}`);
  rotation.changeMethod('overlap', all.slice(from));
}

/** Pace natural was chosen for a rotation without forced restarts, and there is none by method overlap. */
async function agreeToRestarts(rotation: Rotation, because: string): Promise<void> {
  const { interruptions } = rotation;
  const isCalm = (): boolean => rotation.request.pace === 'natural';
  while (isCalm()) {
    await checkpoint(rotation);
    rotation.setWaiting('blocked', {
      for: `a person to resume at pace steady, or to abort: method overlap, which restarts every workload, is all that is left (${because})`,
      cause: 'plan',
      laggards: [],
    });
    const isResumed = await interruptions.untilPersonOr(() => !isCalm());
    if (isResumed && isCalm()) rotation.request = { ...rotation.request, pace: 'steady' };
  }
  rotation.setRunning();
}
