import { writesBundle } from '../objects.ts';
import { importsAnchor } from '../sources.ts';
import type { Check, CheckCategory, Problem } from './check.ts';
import { checkFound, error, firstOf, skipped } from './check.ts';
import type { BundleFacts, CertificateSettings, CheckFacts } from './facts.ts';

const guide = "install it and set the mesh up as Linkerd's guide says";
/** cert-manager acts within seconds of a renewal time; a controller may be restarting meanwhile. */
const overdueAfterMs = 5 * 60_000;

/** cert-manager and trust-manager. `isBefore`: the objects of the mesh are not there yet. */
export function componentChecks(
  facts: CheckFacts,
  { isBefore }: { isBefore: boolean },
): CheckCategory {
  const installed = [
    checkFound(
      { id: 'cert-manager-installed', description: 'cert-manager is installed' },
      facts.components,
      ({ certManager }) =>
        certManager === undefined
          ? error(`its custom resources are not in the cluster; ${guide}`)
          : undefined,
    ),
    checkFound(
      { id: 'cert-manager-answers', description: "cert-manager's API takes requests" },
      facts.certManagerAnswers,
      () => undefined,
    ),
    trustManagerCheck(facts),
  ];
  const later = isBefore ? [] : [renewalCheck(facts), bundleCheck(facts)];
  return {
    name: 'linkerd-trust: cert-manager and trust-manager',
    checks: [...installed, ...later],
  };
}

function trustManagerCheck({ components, objects }: CheckFacts): Check {
  const about = {
    id: 'trust-manager-installed',
    description: 'trust-manager is installed',
  } as const;
  if (writesBundle(objects)) {
    return skipped(about.id, about.description, 'rotations write the bundle themselves');
  }
  return checkFound(about, components, ({ trustManager }) =>
    trustManager === undefined
      ? error(`its custom resources are not in the cluster; ${guide}`)
      : undefined,
  );
}

function renewalCheck({ pki, atMs, ...sourced }: CheckFacts): Check {
  const about = { id: 'cert-manager-renews', description: 'no renewal is overdue' } as const;
  const { anchor, issuer } = pki;
  if (!anchor.found && !importsAnchor(sourced)) return checkFound(about, anchor, () => undefined);
  return checkFound(about, issuer, (found) =>
    firstOf(overdue(found, atMs), anchor.found ? overdue(anchor.value, atMs) : undefined),
  );
}

function overdue(
  { name, renewalTime, renewalDisabled, issuing }: CertificateSettings,
  atMs: number,
): Problem | undefined {
  if (renewalTime === undefined || renewalDisabled) return undefined;
  if (Date.parse(renewalTime) + overdueAfterMs > atMs) return undefined;
  const state = issuing ? 'is still being renewed' : 'has not been renewed';
  return error(
    `Certificate ${name} was due on ${renewalTime} and ${state}; look at cert-manager's pods and at "cmctl status certificate"`,
  );
}

function bundleCheck({ pki, objects, components }: CheckFacts): Check {
  if (writesBundle(objects)) {
    return checkFound(
      { id: 'bundle-synced', description: 'nobody but rotations writes the bundle' },
      pki.bundle,
      ({ otherOwners = [] }) => {
        const [first] = otherOwners;
        return first && error(`${first.what} ${first.reason}; ${first.remedy}`);
      },
    );
  }
  const about = {
    id: 'bundle-synced',
    description: 'trust-manager distributes the bundle',
  } as const;
  if (components.found && components.value.trustManager === undefined) {
    return skipped(about.id, about.description, 'trust-manager is not installed');
  }
  return checkFound(about, pki.bundle, (bundle) => unsynced(bundle, objects.bundle));
}

function unsynced(
  { synced, detail, unfitSources = [] }: BundleFacts,
  name: string,
): Problem | undefined {
  const [unfit] = unfitSources;
  if (unfit !== undefined) return error(`${unfit.what} ${unfit.reason}; ${unfit.remedy}`);
  if (synced === undefined) {
    return error(`Bundle ${name} does not exist; create it as Linkerd's guide says`);
  }
  if (synced) return undefined;
  return {
    ...error(`Bundle ${name} is not synced (${detail}); look at "kubectl describe bundle ${name}"`),
    mayPass: true,
  };
}
