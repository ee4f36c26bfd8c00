import type { GateName } from '../domain/gates/gate.ts';
import type { PassName } from '../domain/restarts.ts';
import type { VerifiesUnder } from '../domain/trust.ts';
import type { Rotation } from './rotation.ts';
import { passGate, restartPass } from './steps.ts';

/**
 * Waits until every identity replica signs with the issuer in the Secret. A replica may miss the
 * update of its mounted Secret (linkerd2 issue 15109): one that did is restarted.
 */
export async function adoptIssuer(
  rotation: Rotation,
  gate: GateName,
  pass: PassName = 'adoption',
): Promise<void> {
  const { issuerReloadTimeoutMs } = rotation.request.timings;
  const adopted = await passGate(rotation, gate, { giveUpAfterMs: issuerReloadTimeoutMs });
  if (adopted) return;
  // After the restart it may take as long as from the beginning.
  rotation.endWatch(gate);
  rotation.note('an identity replica missed the new issuer; linkerd-identity is restarted');
  await restartPass(rotation, pass, { kind: 'identity-uses-issuer' });
  await passGate(rotation, gate);
}

/**
 * Restarts identity replicas that would refuse the issuer to come, or of which nobody knows what they
 * hold: they read the bundle at their start while it was changing, and cannot be asked.
 */
export async function readyIdentity(
  rotation: Rotation,
  under: VerifiesUnder,
  pass: PassName = 'identity',
): Promise<void> {
  await restartPass(rotation, pass, { kind: 'identity-accepts', under });
}
