import { shortFingerprint } from './certificate.ts';
import { forcedPasses } from './phases.ts';
import type { PlanInputs } from './plan.ts';
import type { MethodChoice } from './plan-method.ts';
import { canOldAnchorSign } from './plan-method.ts';
import { importsAnchor, importsBridge } from './sources.ts';

/** What a person should know before the rotation begins, each a clause of its own. */
export function planRisks(inputs: PlanInputs, choice: MethodChoice): string[] {
  return allRisks(inputs, choice).flatMap(([exists, risk]) => (exists ? [risk] : []));
}

type Risk = readonly [exists: boolean, risk: string];

function allRisks(inputs: PlanInputs, { method }: MethodChoice): readonly Risk[] {
  const { inventory, anchors, request } = inputs;
  const single = inventory.workloads.filter(({ proxies }) => proxies === 1).length;
  const keyIsAway = !canOldAnchorSign({ inventory, anchors });
  const strangers = strangersInBundle(inputs);
  return [
    [
      !inventory.certManager.canDisableRenewal,
      'this cert-manager cannot switch the automatic renewal of the anchor off; it must not fall due before the end',
    ],
    [
      method === 'bridge' && anchors.a.certificate.pathLength === 0,
      'the anchor in use has path length 0: linkerd-identity is restarted once before the issuer is switched',
    ],
    [
      importsAnchor(request) && anchors.b === undefined,
      'the rotation waits until the owner of the new anchor has handed its pair in',
    ],
    [
      importsBridge(request),
      'the rotation waits until the owner of the anchor in use has cross-signed the new one; an abort after the switch of the issuer leaves it behind the bridge',
    ],
    [
      keyIsAway && importsBridge(request),
      'the key of the anchor in use is not in the cluster: from the pin to the switch nothing renews the identity issuer',
    ],
    [
      keyIsAway && !importsBridge(request),
      'the key of the anchor in use is not in the cluster: the signer cannot be pinned, and once the issuer is switched there is no way back',
    ],
    [
      inventory.writesBundle,
      'the rotation writes the trust bundle itself: where Helm, a GitOps controller or a person writes it meanwhile, it stops and says so',
    ],
    [
      request.pace === 'natural',
      'proxies go on trusting the old anchor until they are redeployed: not for a compromised anchor',
    ],
    [
      strangers.length > 0,
      `the trust bundle also holds ${strangers.join(' and ')}, which no anchor Secret tells of: it stays there, for whoever needs it`,
    ],
    [
      single > 0 && forcedPasses(method, request.pace) > 0,
      `${String(single)} workloads have one replica; whether a restart interrupts them depends on their rollout strategy`,
    ],
  ];
}

/** Roots that were brought into the bundle beside the anchors, by their fingerprints as people see them. */
function strangersInBundle({ survey, anchors }: PlanInputs): readonly string[] {
  const { bundle, trustAnchor, previousAnchor } = survey.objects;
  const ours = [anchors.a.certificate, anchors.b?.certificate, trustAnchor, previousAnchor];
  return bundle.fingerprints
    .filter((root) => !ours.some((anchor) => anchor?.fingerprint === root))
    .map((root) => `root ${shortFingerprint(root)}`);
}
