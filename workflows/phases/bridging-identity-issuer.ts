import { neededUntilMs } from '../../domain/deadline.ts';
import type { VerifiesUnder } from '../../domain/trust.ts';
import { issuerVerifiesUnder } from '../../domain/trust.ts';
import { importsBridge } from '../../domain/sources.ts';
import { mutate, mutateTrust } from '../activity-profiles.ts';
import { awaitImport } from '../await-import.ts';
import { requireApproval } from '../approval.ts';
import { age, change, passGate } from '../steps.ts';
import { adoptIssuer, readyIdentity } from '../issuer-adoption.ts';
import type { Rotation } from '../rotation.ts';
import { switchIssuer } from '../switch-issuer.ts';
import { swingBack } from '../ways-out.ts';
import type { Phase } from './phase.ts';

/**
 * Bridge only: has A sign B's key, asks every live proxy whether it accepts what stands behind the
 * result, and then lets the issuer sign behind it: its leaves are good for everyone.
 */
export const bridgingIdentityIssuer: Phase = {
  name: 'BridgingIdentityIssuer',
  enter: async (rotation) => {
    const neededUntil = new Date(bridgeNeededUntilMs(rotation)).toISOString();
    if (importsBridge(rotation.request)) await receiveBridge(rotation, neededUntil);
    const { bridge, observed } = await change(rotation, () =>
      mutateTrust(
        "have the old anchor sign the new one's key",
        rotation.request.timings,
      ).makeBridge({
        context: rotation.boundContext,
        neededUntil,
      }),
    );
    rotation.saw(observed);
    rotation.endBy(bridge.notAfter);
    await age(rotation, bridge.notBefore);
    await readyIdentity(rotation, bridgedFor(rotation.boundContext.survey.anchors.a.certificate));
    await passGate(rotation, 'fleet-accepts-bridge');
  },
  act: async (rotation) => {
    // Behind a bridge that ends before the retirement there would be no way on, and little time to go back.
    await requireApproval(rotation, 'switch-issuer', 'abort');
    await switchIssuer(rotation, {
      to: 'bridge',
      issuer: 'x',
      gate: 'fleet-accepts-bridge',
      summaries: {
        point: 'point the signer at the bridge',
        renew: 'renew the identity issuer behind the bridge',
      },
    });
  },
  gate: (rotation) => adoptIssuer(rotation, 'issuer-bridged'),
  abort: swingBack,
};

/** The key of A is elsewhere, and only its owner can sign. */
async function receiveBridge(rotation: Rotation, neededUntil: string): Promise<void> {
  await change(rotation, () =>
    mutate('ask the owner of the old anchor to cross-sign').requestBridge({
      context: rotation.boundContext,
      neededUntil,
    }),
  );
  await awaitImport(rotation, (report) => ({
    kind: 'bridge',
    context: rotation.boundContext,
    neededUntil,
    ...report,
  }));
}

/**
 * linkerd-identity verifies its issuer file by Go's rules, which count an anchor's path length: with
 * A at 0 a process that holds A alone refuses the bridged issuer, one that holds B too does not.
 */
function bridgedFor(identity: { readonly pathLength?: number }): VerifiesUnder {
  return identity.pathLength === 0 ? issuerVerifiesUnder.b : issuerVerifiesUnder.x;
}

function bridgeNeededUntilMs({ state, request, leafLifetimeMs }: Rotation): number {
  return neededUntilMs({
    nowMs: Date.now(),
    expectedDurationMs: state.plan?.expectedDurationMs ?? 0,
    leafLifetimeMs,
    marginMs: request.timings.deadlineMarginMs,
  });
}
