import type { Convergence } from './convergence.ts';
import {
  issuersVerifyUnder,
  leavesVerifyUnder,
  matches,
  proxiesAcceptBridge,
  verifiersAccept,
} from './conditions.ts';
import { allOf, convergeOne, isConverged, nothingToConverge } from './convergence.ts';
import type { Survey } from './survey.ts';
import type { Held, IssuerKind } from './trust.ts';
import { accepts, describeHeld, issuerKind, issuerVerifiesUnder } from './trust.ts';

/** What a rotation is about to do to the cluster, as far as trust is concerned. */
export type Mutation =
  /** Point the signer so that an issuer of this kind may start to sign, at any renewal from now on. */
  | { readonly kind: 'let-issuer-sign'; readonly issuer: IssuerKind }
  /** Write the bundle, or a source of it, so that of A and B it certainly holds what is `yes` here. */
  | { readonly kind: 'write-bundle-source'; readonly remaining: Held }
  /** Restart workloads: what comes back holds what the bundle and the injectors hold now. */
  | { readonly kind: 'restart' };

/** Which invariant a refusal rests on. The texts stand in `docs/architecture.md`. */
export type InvariantName = 'I1' | 'I2' | 'I3';

export interface Refusal {
  readonly invariant: InvariantName;
  readonly because: Convergence;
}

/**
 * Judges a mutation against I1–I3 on a survey taken just before it. An empty answer allows it.
 * Nothing turns this off; what is unknown refuses.
 */
export function refusals(survey: Survey, mutation: Mutation): readonly Refusal[] {
  const judged: readonly Refusal[] = invariantsOf(survey, mutation);
  return judged.filter((refusal) => !isConverged(refusal.because));
}

function invariantsOf(survey: Survey, mutation: Mutation): readonly Refusal[] {
  switch (mutation.kind) {
    case 'let-issuer-sign':
      return [
        { invariant: 'I1', because: everyVerifierAccepts(survey, mutation.issuer) },
        { invariant: 'I3', because: bundleAccepts(survey.objects.bundle.held, mutation.issuer) },
      ];
    case 'write-bundle-source':
      return [
        {
          invariant: 'I2',
          because: allOf([
            leavesVerifyUnder(survey, mutation.remaining),
            issuersVerifyUnder(survey, mutation.remaining),
          ]),
        },
        { invariant: 'I3', because: secretVerifiesUnder(survey, mutation.remaining) },
      ];
    case 'restart':
      return restartInvariants(survey);
  }
}

/**
 * I1: leaves of an issuer that starts to sign must be good for every live verifier. Where the issuer
 * in the Secret is of that kind already, nothing starts.
 */
function everyVerifierAccepts(survey: Survey, issuer: IssuerKind): Convergence {
  if (issuerKind(survey.objects.issuer.under) === issuer) return nothingToConverge;
  const byAlgebra = verifiersAccept(survey, issuerVerifiesUnder[issuer]);
  return issuer === 'x' ? allOf([byAlgebra, proxiesAcceptBridge(survey)]) : byAlgebra;
}

/** I3 for a new issuer: the next identity process to start reads the bundle as it is now. */
function bundleAccepts(bundle: Held, issuer: IssuerKind): Convergence {
  return convergeOne(
    accepts(bundle, issuerVerifiesUnder[issuer]) === 'yes'
      ? undefined
      : {
          what: 'trust bundle',
          reason: `holds ${describeHeld(bundle)}, under which an issuer of kind ${issuer} does not verify`,
          remedy: 'bring the missing anchor into the bundle first',
        },
  );
}

function secretVerifiesUnder(survey: Survey, remaining: Held): Convergence {
  return convergeOne(
    accepts(remaining, survey.objects.issuer.under) === 'yes'
      ? undefined
      : {
          what: 'issuer in the Secret',
          reason: `does not verify under what the bundle would hold (${describeHeld(remaining)})`,
          remedy: 'renew the identity issuer from a signer that does, before the bundle changes',
        },
  );
}

/**
 * A restart makes a verifier that holds the bundle of now, and an identity process that judges the
 * issuer in the Secret by it: both must be safe whichever process comes back first.
 */
function restartInvariants(survey: Survey): readonly Refusal[] {
  const { held } = survey.objects.bundle;
  const certain: Held = {
    a: matches(held, { a: 'yes' }) === 'yes' ? 'yes' : 'no',
    b: matches(held, { b: 'yes' }) === 'yes' ? 'yes' : 'no',
  };
  return [
    { invariant: 'I2', because: livingLeavesVerifyUnder(survey, certain) },
    { invariant: 'I3', because: secretVerifiesUnder(survey, certain) },
  ];
}

/** Like I2, but a proxy that cannot be helped otherwise must not forbid the restart that cures it. */
function livingLeavesVerifyUnder(survey: Survey, bundle: Held): Convergence {
  const living = survey.proxies.filter((proxy) => proxy.presents.leaf === 'valid');
  return leavesVerifyUnder({ ...survey, proxies: living }, bundle);
}
