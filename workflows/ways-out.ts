import type { Observed } from '../activities/contract.ts';
import { isCopied } from '../domain/anchors.ts';
import { whereHeld } from '../domain/held.ts';
import type { EndCondition } from '../domain/rotation-state.ts';
import { mutate, mutateTrust } from './activity-profiles.ts';
import { issuerVerifiesUnder } from '../domain/trust.ts';
import type { Rotation } from './rotation.ts';
import { adoptIssuer, readyIdentity } from './issuer-adoption.ts';
import { unfreeze } from './unfreeze.ts';
import { change, passGate } from './steps.ts';
import { switchIssuer } from './switch-issuer.ts';

/** How an aborted rotation leaves the mesh. Which phase takes which way stands in `domain/phases.ts`. */
export interface Departure {
  /** `aborted` where all that was changed is put back, `held` where both anchors stay. */
  readonly outcome: Extract<EndCondition, 'aborted' | 'held'>;
  /** What a person should know about where the mesh stands. */
  readonly where: string;
}

/**
 * No phase has changed anything. What was got ready for one is put back, unless an earlier rotation
 * stopped in the middle and left it so.
 */
export async function leaveUnchanged(rotation: Rotation): Promise<Departure> {
  const { anchors, observed } = rotation.state;
  const isAtRest = anchors?.b === undefined && observed?.objects.signer === 'trust-anchor';
  // Without the Lease the freeze is another engine's.
  if (isAtRest && rotation.holdsLease) await unfreeze(rotation);
  return { outcome: 'aborted', where: 'nothing had been changed' };
}

/**
 * Before B exists: signer and renewal go back to what they were. Where B exists already the anchor's
 * own Secret holds it, and a signer there would switch the issuer: then the pin stays.
 */
export async function unpin(rotation: Rotation): Promise<Departure> {
  const pointed = await change(rotation, async () => {
    if (hasSuccessor(rotation)) return undefined;
    return pointSigner(rotation, 'point the signer back at the trust anchor', 'trust-anchor');
  });
  if (pointed === undefined) return hold(rotation);
  rotation.did({ signer: 'trust-anchor' });
  const isThawed = await unfreeze(rotation);
  const where = isThawed
    ? 'the signer and the renewal of the anchor are what they were'
    : 'the signer is what it was, and the automatic renewal of the anchor stays off';
  return { outcome: 'aborted', where };
}

/** Whether the anchor's Secret holds another than A, known as B already or renewed beside this rotation. */
function hasSuccessor({ state: { anchors, recorded } }: Rotation): boolean {
  return anchors?.b !== undefined || recorded?.trustAnchor !== anchors?.a.certificate.fingerprint;
}

/** Stops where it is safe to stay: a pin and the freeze remain, the next rotation adopts B. */
export async function hold(rotation: Rotation): Promise<Departure> {
  await pinAgain(rotation);
  await removeProbes(rotation);
  return { outcome: 'held', where: whereHeld(rotation.state) };
}

/**
 * Back to an issuer under A, which every live proxy still holds; then hold. Where A's key is elsewhere the
 * rotation holds where it is: see `abortAction`.
 */
export async function swingBack(rotation: Rotation): Promise<Departure> {
  if (rotation.abortAction === 'hold') return holdHere(rotation);
  rotation.beginSwingBack();
  await readyIdentity(rotation, issuerVerifiesUnder.a, 'identity-back');
  await switchIssuer(rotation, {
    to: 'previous-anchor',
    issuer: 'a',
    summaries: {
      point: 'point the signer back at the old anchor',
      renew: 'renew the identity issuer under the old anchor',
    },
  });
  await adoptIssuer(rotation, 'issuer-swung-back', 'adoption-back');
  await passGate(rotation, 'leaves-under-old-anchor', {
    expectedMs: rotation.leafLifetimeMs,
    heal: true,
  });
  await change(rotation, () =>
    mutate('delete the bridge').removeBridge({ context: rotation.context }),
  );
  return hold(rotation);
}

/**
 * Nobody watches the mesh from here on, so a pin that another hand has undone is not left to be found. Where
 * a person has gone on from another copy, or there was no pin, there is nothing to pin to.
 */
async function pinAgain(rotation: Rotation): Promise<void> {
  if (rotation.state.recorded?.signer !== 'previous-anchor') return;
  const pinned = await change(rotation, async () => {
    const { anchors, recorded } = rotation.state;
    if (!isCopied(anchors, recorded)) return undefined;
    return pointSigner(rotation, 'see that the signer is pinned', 'previous-anchor');
  });
  if (pinned !== undefined) rotation.did({ signer: 'previous-anchor' });
}

function pointSigner(
  { request, context }: Rotation,
  summary: string,
  to: 'trust-anchor' | 'previous-anchor',
): Promise<Observed> {
  return mutateTrust(summary, request.timings).pointSigner({ context, to, issuer: 'a' });
}

/** Before the switch nobody relies on the bridge, and the request for it is taken back as well. */
async function holdHere(rotation: Rotation): Promise<Departure> {
  if (rotation.state.recorded?.signer !== 'bridge') {
    await change(rotation, () =>
      mutate('delete the bridge').removeBridge({ context: rotation.context }),
    );
  }
  return hold(rotation);
}

/** After the retirement of A the way back is less safe than the way on. */
export function refuseAbort(): Promise<never> {
  throw new Error('an abort was accepted in a phase that only goes forward');
}

async function removeProbes(rotation: Rotation): Promise<void> {
  await change(rotation, () =>
    mutate('remove the probes').removeProbes({ context: rotation.context }),
  );
}
