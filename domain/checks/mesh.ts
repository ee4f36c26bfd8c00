import { identityUsesCurrentIssuer, injectorIsUp, injectorsHandOut } from '../conditions.ts';
import type { Convergence, Laggard } from '../convergence.ts';
import { isConverged } from '../convergence.ts';
import type { FleetInspection, LaggingProxy } from '../fleet-inspection.ts';
import { heldBy, inspectFleet } from '../fleet-inspection.ts';
import { accepts, issuerKind, issuerVerifiesUnder } from '../trust.ts';
import type { Check, CheckCategory, Problem } from './check.ts';
import { check, checkFound, error, firstOf, warning } from './check.ts';
import type { CheckFacts, MeshFacts } from './facts.ts';

/** From the bundle over the issuer to every live proxy. `namespace`: only proxies of this one. */
export function meshChecks(
  { mesh }: CheckFacts,
  { namespace }: { readonly namespace?: string | undefined } = {},
): CheckCategory {
  const observed = { id: 'mesh-observed', description: 'the mesh can be observed' } as const;
  const checks = [checkFound(observed, mesh, () => undefined)];
  if (mesh.found) {
    const { survey, settleMs } = mesh.value;
    const fleet = inspectFleet(survey, { settleMs, namespace });
    checks.push(
      ...bundleChecks(mesh.value),
      ...controlPlaneChecks(mesh.value),
      ...fleetChecks(fleet),
      nextRenewalCheck(mesh.value),
    );
  }
  return { name: 'linkerd-trust: bundle, issuer and proxies', checks };
}

function bundleChecks({ survey, identityAcceptsIssuer, ...config }: MeshFacts): Check[] {
  const { bundle } = survey.objects;
  const elsewhere = bundle.divergentTargets;
  return [
    check(
      'linkerd-external-ca',
      'Linkerd reads the issuer that cert-manager writes',
      configProblem(config),
    ),
    check(
      'bundle-readable',
      'every parser of Linkerd reads the bundle',
      bundle.hazard === undefined
        ? undefined
        : error(
            `${bundle.hazard}; ${bundle.remedy ?? 'correct the source of the Bundle that brings it in'}`,
          ),
    ),
    check(
      'bundle-everywhere',
      'the bundle is the same in every namespace it goes to',
      elsewhere.length === 0
        ? undefined
        : {
            ...error(
              `it differs or is missing in ${listed(elsewhere)}; look at the Bundle and at trust-manager`,
            ),
            mayPass: true,
          },
    ),
    check(
      'issuer-under-bundle',
      'the identity issuer verifies under the bundle',
      identityAcceptsIssuer
        ? undefined
        : error(
            'by its dates or its signature it does not: the next identity process to start exits; renew the identity issuer from an anchor in the bundle before anything restarts',
          ),
    ),
  ];
}

function configProblem({
  issuerScheme,
  externalCa,
}: Pick<MeshFacts, 'issuerScheme' | 'externalCa'>): Problem | undefined {
  return firstOf(
    issuerScheme === 'kubernetes.io/tls'
      ? undefined
      : error(
          `it reads its issuer by scheme ${issuerScheme}; install it with identity.issuer.scheme=kubernetes.io/tls`,
        ),
    externalCa
      ? undefined
      : warning(
          'the chart owns the ConfigMap of the bundle, so each upgrade rewrites it; annotate it with helm.sh/resource-policy=keep, then upgrade Linkerd with identity.externalCA=true',
        ),
  );
}

function controlPlaneChecks({ survey }: MeshFacts): Check[] {
  return [
    check(
      'identity-uses-issuer',
      'every identity replica signs with the issuer in its Secret',
      laggardProblem(identityUsesCurrentIssuer(survey), error),
    ),
    check(
      'injectors-hand-out-bundle',
      'new pods are given the bundle as it is',
      firstOf(
        laggardProblem(injectorIsUp(survey), error),
        laggardProblem(injectorsHandOut(survey, survey.objects.bundle.held), warning),
      ),
    ),
  ];
}

function fleetChecks({ lagging, bundle, absent }: FleetInspection): Check[] {
  const about = (wanted: LaggingProxy['about'], severity: LaggingProxy['severity']) =>
    lagging.filter((lag) => lag.about === wanted && lag.severity === severity);
  const proxies = `${String(bundle.total)} live proxies`;
  return [
    check(
      'proxies-accept-issuer',
      `all of ${proxies} accept what the issuer signs`,
      absent === undefined
        ? proxyProblem(about('bundle', 'error'), error)
        : warning(`${absent}; check the name of the namespace, and that its workloads are meshed`),
    ),
    check(
      'proxies-hold-bundle',
      `all of ${proxies} hold the bundle as it is`,
      proxyProblem(about('bundle', 'warning'), warning),
    ),
    check(
      'leaves-valid',
      `all of ${proxies} present a leaf that is good under the bundle`,
      firstOf(
        proxyProblem(about('leaf', 'error'), error),
        proxyProblem(about('leaf', 'warning'), warning),
      ),
    ),
  ];
}

/**
 * While the ClusterIssuer signs with the renewed anchor and the issuer is still under the old one, the
 * next automatic renewal switches it over, whoever is ready or not.
 */
function nextRenewalCheck({ survey, anchors, settleMs }: MeshFacts): Check {
  const { signer, issuer, bundle } = survey.objects;
  const switches =
    anchors.b !== undefined && signer.source === 'trust-anchor' && issuerKind(issuer.under) === 'a';
  const refusing = switches
    ? survey.proxies.filter(
        (proxy) => accepts(heldBy(proxy, bundle, settleMs), issuerVerifiesUnder.b) !== 'yes',
      )
    : [];
  return check(
    'next-renewal-safe',
    'the next automatic renewal of the issuer is accepted everywhere',
    refusing.length === 0
      ? undefined
      : error(
          `the trust anchor was renewed, and cert-manager signs the next identity issuer with it, which ${String(refusing.length)} of ${String(survey.proxies.length)} live proxies would not accept; start linkerd-trust rotate now: it pins the signer first`,
        ),
  );
}

function laggardProblem(
  convergence: Convergence,
  verdict: (text: string) => Problem,
): Problem | undefined {
  if (isConverged(convergence)) return undefined;
  return lagProblem(convergence.laggards, convergence.total - convergence.converged, verdict);
}

function proxyProblem(
  lagging: readonly LaggingProxy[],
  verdict: (text: string) => Problem,
): Problem | undefined {
  return lagging.length === 0 ? undefined : lagProblem(lagging, lagging.length, verdict);
}

function lagProblem(
  [first]: readonly Laggard[],
  count: number,
  verdict: (text: string) => Problem,
): Problem {
  const others = count > 1 ? `; and ${String(count - 1)} more: linkerd-trust inspect` : '';
  return verdict(`${first?.what ?? ''} ${first?.reason ?? ''}; ${first?.remedy ?? ''}${others}`);
}

function listed(names: readonly string[]): string {
  const named = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${named} and ${String(names.length - 3)} more` : named;
}
