import type { PointSignerInput } from '../activities/contract.ts';
import type { GateName } from '../domain/gates/gate.ts';
import { mutateTrust } from './activity-profiles.ts';
import type { Rotation } from './rotation.ts';
import { change, passGate } from './steps.ts';

export interface IssuerSwitch extends Pick<PointSignerInput, 'to' | 'issuer'> {
  /** Passed once more just before the signer moves: waiting for a person may have taken days. */
  readonly gate?: GateName;
  /** What the Web UI shows for the two changes. */
  readonly summaries: { readonly point: string; readonly renew: string };
}

/**
 * Points the signer at another Secret and has it sign an identity issuer at once. Whether linkerd-identity
 * has taken that over is another question: see `adoptIssuer`.
 */
export async function switchIssuer(
  rotation: Rotation,
  { to, issuer, gate, summaries }: IssuerSwitch,
): Promise<void> {
  await change(rotation, async () => {
    if (gate !== undefined) await passGate(rotation, gate);
    return mutateTrust(summaries.point, rotation.request.timings).pointSigner({
      context: rotation.context,
      to,
      issuer,
    });
  });
  rotation.did({ signer: to });
  const renewed = await change(rotation, () =>
    mutateTrust(summaries.renew, rotation.request.timings).renewIdentityIssuer({
      context: rotation.context,
      expect: issuer,
    }),
  );
  rotation.saw(renewed.observed);
}
