import { mutate } from './activity-profiles.ts';
import { issuerVerifiesUnder } from '../domain/trust.ts';
import type { Rotation } from './rotation.ts';
import { readyIdentity } from './issuer-adoption.ts';
import { change, passGate } from './steps.ts';

/** How an aborted rotation leaves the mesh. Which phase takes which way stands in `domain/phases.ts`. */

/** Nothing was changed, so nothing is undone. */
export function leaveUnchanged(): Promise<string> {
  return Promise.resolve('nothing had been changed');
}

/**
 * Before B exists: signer and renewal go back to what they were. Where B exists already the anchor's
 * own Secret holds it, and a signer there would switch the issuer: then the pin stays.
 */
export async function unpin(rotation: Rotation): Promise<string> {
  if (rotation.state.anchors?.b !== undefined) return hold(rotation);
  const context = rotation.context;
  const pointed = await change(rotation, () =>
    mutate('point the signer back at the trust anchor').pointSigner({
      context,
      to: 'trust-anchor',
      issuer: 'a',
    }),
  );
  rotation.accept(pointed.observed);
  await change(rotation, () =>
    mutate("restore the anchor's automatic renewal").unfreezeTrustAnchor({ context }),
  );
  return 'the signer and the renewal of the anchor are what they were';
}

/** Stops where it is safe to stay: the pin and the freeze remain, the next rotation adopts B. */
export async function hold(rotation: Rotation): Promise<string> {
  await removeProbes(rotation);
  return 'both anchors stay in the bundle, the signer stays pinned to the old one; the next rotation goes on from here';
}

/** Back to an issuer under A, which every live proxy still holds; then hold. */
export async function swingBack(rotation: Rotation): Promise<string> {
  rotation.update({ condition: 'swinging-back' });
  await readyIdentity(rotation, issuerVerifiesUnder.a);
  const pointed = await change(rotation, () =>
    mutate('point the signer back at the old anchor').pointSigner({
      context: rotation.context,
      to: 'previous-anchor',
      issuer: 'a',
    }),
  );
  rotation.accept(pointed.observed);
  await change(rotation, () =>
    mutate('renew the identity issuer under the old anchor').renewIdentityIssuer({
      context: rotation.context,
      expect: 'a',
    }),
  );
  await passGate(rotation, 'issuer-swung-back');
  await passGate(rotation, 'leaves-under-old-anchor', {
    expectedMs: rotation.leafLifetimeMs,
    heal: true,
  });
  await change(rotation, () =>
    mutate('delete the bridge').removeBridge({ context: rotation.context }),
  );
  return hold(rotation);
}

/** After the retirement of A the way back is less safe than the way on. */
export function refuseAbort(): Promise<string> {
  throw new Error('an abort was accepted in a phase that only goes forward');
}

async function removeProbes(rotation: Rotation): Promise<void> {
  await change(rotation, () =>
    mutate('remove the probes').removeProbes({ context: rotation.context }),
  );
}
