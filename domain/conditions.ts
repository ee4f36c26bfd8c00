import type { Convergence, Laggard } from './convergence.ts';
import { allOf, converge, convergeOne } from './convergence.ts';
import { noOutsiders } from './outsiders.ts';
import type { IdentityReplica, InjectorReplica, ProxyObservation, Survey } from './survey.ts';
import { workloadName } from './survey.ts';
import type { Held, IssuerKind, Knowledge, VerifiesUnder } from './trust.ts';
import { accepts, describeHeld, describePresented, issuerVerifiesUnder } from './trust.ts';

/**
 * The conditions that gates and invariants are made of. Each looks at every live thing it is about
 * and names those that stand in the way; what is unknown stands in the way.
 */

/** Every live verifier (proxies, identity processes) holds an anchor that `under` verifies under. */
export function verifiersAccept(survey: Survey, under: VerifiesUnder): Convergence {
  return everyVerifier(survey, (held) => accepts(held, under), {
    wanted: `accepts certificates under ${lettersOf(under)}`,
  });
}

/** Every live verifier holds exactly the wanted anchors of A and B, as far as `wanted` says. */
export function verifiersHold(survey: Survey, wanted: Partial<Held>): Convergence {
  return everyVerifier(survey, (held) => matches(held, wanted), { wanted: describeWanted(wanted) });
}

/** Every injector replica writes exactly the wanted anchors into pods that are created now. */
export function injectorsHandOut(survey: Survey, wanted: Partial<Held>): Convergence {
  const anyReplica = convergeOne(
    survey.injectors.length > 0
      ? undefined
      : {
          what: 'proxy injector',
          reason: 'no live replica was found, so what new pods are given is unknown',
          remedy: 'bring Deployment linkerd-proxy-injector back',
        },
  );
  const replicas = converge(survey.injectors, (replica) =>
    matches(replica.handsOut, wanted) === 'yes' ? undefined : injectorLaggard(replica, wanted),
  );
  return allOf([anyReplica, replicas]);
}

/** A pod that is created now is given a proxy: some injector replica is Ready, and stays. */
export function injectorIsUp(survey: Survey): Convergence {
  const isUp = survey.injectors.some(
    ({ isDown, isTerminating }) => isDown !== true && isTerminating !== true,
  );
  if (isUp) return convergeOne(undefined);
  return convergeOne({
    what: 'proxy injector',
    reason: 'has no Ready replica, so pods that are created now get no proxy or are refused',
    remedy: 'look at the pods of Deployment linkerd-proxy-injector',
  });
}

/** Every running proxy has accepted a probe behind the bridge; one that has not started is judged by what it will hold. */
export function proxiesAcceptBridge(survey: Survey): Convergence {
  const proxies = converge(survey.proxies, (proxy) => {
    const verdict =
      proxy.lifecycle === 'pending'
        ? accepts(proxy.holds, issuerVerifiesUnder.x)
        : proxy.acceptsBridge;
    if (verdict === 'yes') return undefined;
    return {
      what: podName(proxy),
      reason:
        verdict === 'no'
          ? 'refused a certificate behind the bridge'
          : unknownReason(proxy.note, 'was not asked with a bridge probe yet'),
      remedy:
        verdict === 'no'
          ? `restart ${workloadName(proxy.workload)}, or rotate with method overlap`
          : `make its admin port reachable, or restart ${workloadName(proxy.workload)}`,
    };
  });
  return allOf([proxies, noOutsiders(survey)]);
}

/** Every live leaf verifies under something of `remaining`. A proxy that has no leaf yet presents none. */
export function leavesVerifyUnder(survey: Survey, remaining: Held): Convergence {
  const proxies = converge(survey.proxies, (proxy) => {
    const { presents } = proxy;
    if (presents.leaf === 'none') return undefined;
    if (presents.leaf === 'valid' && accepts(remaining, presents) === 'yes') return undefined;
    return leafLaggard(proxy, remaining);
  });
  return allOf([proxies, noOutsiders(survey)]);
}

/** The issuer in the Secret and the issuer of every identity replica verify under `remaining`. */
export function issuersVerifyUnder(survey: Survey, remaining: Held): Convergence {
  const inSecret = convergeOne(
    accepts(remaining, survey.objects.issuer.under) === 'yes'
      ? undefined
      : {
          what: 'issuer in the Secret',
          reason: `does not verify under ${describeHeld(remaining)} alone`,
          remedy: 'renew the identity issuer from a signer that does',
        },
  );
  const replicas = converge(survey.identity, (replica) =>
    accepts(remaining, replica.signs) === 'yes'
      ? undefined
      : identityLaggard(
          replica,
          `signs with an issuer that is not known to verify under ${describeHeld(remaining)}`,
        ),
  );
  return allOf([inSecret, replicas]);
}

/** Every identity replica signs with the issuer that is in the Secret. */
export function identityUsesCurrentIssuer(survey: Survey): Convergence {
  const anyReplica = convergeOne(
    survey.identity.length > 0
      ? undefined
      : {
          what: 'linkerd-identity',
          reason: 'no live replica was found, so nothing signs leaves',
          remedy: 'bring Deployment linkerd-identity back',
        },
  );
  const replicas = converge(survey.identity, (replica) =>
    replica.usesCurrentIssuer === 'yes'
      ? undefined
      : identityLaggard(replica, 'does not use the issuer in the Secret'),
  );
  return allOf([anyReplica, replicas]);
}

/** The issuer in the Secret makes leaves of this kind. */
export function issuerIs(survey: Survey, kind: IssuerKind): Convergence {
  const { issuer } = survey.objects;
  const wanted = issuerVerifiesUnder[kind];
  if (matches(issuer.under, wanted) === 'yes') return convergeOne(undefined);
  return convergeOne({
    what: 'issuer in the Secret',
    reason: `verifies under ${describeHeld(issuer.under)}, wanted is ${describeHeld(wanted)}`,
    remedy: 'wait for cert-manager to issue it',
  });
}

/** The bundle contains exactly the wanted anchors of A and B, the same in every target namespace. */
export function bundleIs(survey: Survey, wanted: Held): Convergence {
  const { bundle } = survey.objects;
  const { remedy = 'look at the status of the Bundle and at trust-manager' } = bundle;
  const here = convergeOne(
    matches(bundle.held, wanted) === 'yes' && bundle.hazard === undefined
      ? undefined
      : {
          what: 'trust bundle',
          reason:
            bundle.hazard ??
            `holds ${describeHeld(bundle.held)}, wanted is ${describeHeld(wanted)}`,
          remedy,
        },
  );
  const targets = converge(bundle.divergentTargets, (namespace) => ({
    what: `trust bundle in namespace ${namespace}`,
    reason: "differs from the control plane's",
    remedy,
  }));
  return allOf([here, targets]);
}

/** `pod shop/web-1`: how a proxy is named in every text. */
export function podName(proxy: { readonly namespace: string; readonly pod: string }): string {
  return `pod ${proxy.namespace}/${proxy.pod}`;
}

/** Three-valued comparison of what is held with the letters that `wanted` mentions. */
export function matches(held: Held, wanted: Partial<Held>): Knowledge {
  const letters = [
    [held.a, wanted.a],
    [held.b, wanted.b],
  ] as const;
  const asked = letters.filter(([, want]) => want !== undefined);
  if (asked.some(([has, want]) => has !== 'unknown' && has !== want)) return 'no';
  return asked.every(([has, want]) => has === want) ? 'yes' : 'unknown';
}

function everyVerifier(
  survey: Survey,
  judge: (held: Held) => Knowledge,
  { wanted }: { readonly wanted: string },
): Convergence {
  const proxies = converge(survey.proxies, (proxy) =>
    judge(proxy.holds) === 'yes' ? undefined : holderLaggard(proxy, wanted),
  );
  const identity = converge(survey.identity, (replica) =>
    judge(replica.holds) === 'yes'
      ? undefined
      : identityLaggard(
          replica,
          `holds ${describeHeld(replica.holds)}, wanted is one that ${wanted}`,
        ),
  );
  return allOf([proxies, identity, noOutsiders(survey)]);
}

function holderLaggard(proxy: ProxyObservation, wanted: string): Laggard {
  const held = describeHeld(proxy.holds);
  return {
    what: podName(proxy),
    reason:
      held === 'unknown'
        ? unknownReason(proxy.note, 'has not answered what it holds')
        : `holds ${held}, wanted is one that ${wanted}`,
    remedy:
      proxy.lifecycle === 'terminating'
        ? 'wait until it is gone'
        : `restart ${workloadName(proxy.workload)}`,
  };
}

function leafLaggard(proxy: ProxyObservation, remaining: Held): Laggard {
  const presented = describePresented(proxy.presents);
  const restart = `restart ${workloadName(proxy.workload)}`;
  switch (proxy.presents.leaf) {
    case 'expired':
      return {
        what: podName(proxy),
        reason: 'presents an expired leaf, which it cannot renew by itself',
        remedy: restart,
      };
    case 'unknown':
      return {
        what: podName(proxy),
        reason: unknownReason(proxy.note, 'has not shown its leaf'),
        remedy: `make its admin port reachable, or ${restart}`,
      };
    case 'none':
    case 'valid':
      return {
        what: podName(proxy),
        reason: `presents a leaf of kind ${presented}, which does not verify under ${describeHeld(remaining)}`,
        remedy: `wait for its next refresh, or ${restart}`,
      };
  }
}

function identityLaggard(replica: IdentityReplica, reason: string): Laggard {
  return {
    what: `identity replica ${replica.pod}`,
    reason: replica.note === undefined ? reason : `${reason}: ${replica.note}`,
    remedy: `restart ${workloadName(replica.workload)}`,
  };
}

function injectorLaggard(replica: InjectorReplica, wanted: Partial<Held>): Laggard {
  return {
    what: `injector replica ${replica.pod}`,
    reason:
      describeHeld(replica.handsOut) === 'unknown'
        ? unknownReason(replica.note, 'has not answered what it hands out')
        : `hands out ${describeHeld(replica.handsOut)}, wanted is one that ${describeWanted(wanted)}`,
    remedy: `wait for its mounted bundle, or restart ${workloadName(replica.workload)}`,
  };
}

function unknownReason(note: string | undefined, otherwise: string): string {
  return note ?? otherwise;
}

function lettersOf(under: VerifiesUnder): string {
  return describeHeld(under).replace(',', ' or ');
}

function describeWanted(wanted: Partial<Held>): string {
  const parts = [
    wanted.a === undefined ? undefined : wanted.a === 'yes' ? 'holds A' : 'does not hold A',
    wanted.b === undefined ? undefined : wanted.b === 'yes' ? 'holds B' : 'does not hold B',
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}
