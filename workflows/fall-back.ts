import { phasesOf } from '../domain/phases.ts';
import { resumeAt } from '../domain/plan.ts';
import type { Rotation } from './rotation.ts';

/**
 * The old anchor will not sign the new one's key, and nothing but the bundle has changed yet: both
 * methods stand here alike, so the rotation goes on by spreading {A,B} with restarts.
 */
export function fallBackToOverlap(rotation: Rotation, because: string): void {
  const all = phasesOf('overlap');
  const from = all.indexOf(resumeAt('overlap', 'BridgingIdentityIssuer'));
  rotation.note(`goes on with method overlap: ${because}`);
  rotation.changeMethod('overlap', all.slice(from));
}
