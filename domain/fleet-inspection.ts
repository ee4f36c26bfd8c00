import { podName } from './conditions.ts';
import type { Convergence, Laggard } from './convergence.ts';
import type { BundleObservation, ProxyObservation, Survey } from './survey.ts';
import { workloadName } from './survey.ts';
import type { Held } from './trust.ts';
import { accepts, describeHeld, describePresented, issuerKind } from './trust.ts';

/**
 * How far live proxies are from what the cluster wants at this moment: the bundle as it is written now,
 * and leaves of the kind that the issuer in the Secret makes. A rotation asks for more (its gates);
 * this is what a person asks who only looks.
 */

/** So many of so many. */
export type Share = Pick<Convergence, 'converged' | 'total'>;

/** A proxy that has not converged. */
export interface LaggingProxy extends Laggard {
  readonly namespace: string;
  /** `error`: handshakes fail or will; `warning`: it is only behind. */
  readonly severity: 'error' | 'warning';
  readonly about: 'bundle' | 'leaf';
}

export interface InspectOptions {
  /** After this a mounted ConfigMap counts as refreshed everywhere. */
  readonly settleMs: number;
  /** Only proxies of this namespace; left out: all. */
  readonly namespace?: string | undefined;
}

export interface FleetInspection {
  /** What was looked for and not found: proxies, in the namespace that was asked for. */
  readonly absent?: string;
  /** Proxies that hold the bundle as it is now. */
  readonly bundle: Share;
  /** Proxies whose leaf is of the kind that the issuer makes. */
  readonly leaves: Share;
  readonly lagging: readonly LaggingProxy[];
}

export function inspectFleet(survey: Survey, options: InspectOptions): FleetInspection {
  const proxies = survey.proxies.filter(
    ({ namespace }) => options.namespace === undefined || namespace === options.namespace,
  );
  const bundle = proxies.flatMap((proxy) => bundleLag(proxy, survey, options) ?? []);
  const leaves = proxies.flatMap((proxy) => leafLag(proxy, survey) ?? []);
  const total = proxies.length;
  return {
    ...(total === 0 && { absent: absentIn(options.namespace) }),
    bundle: { converged: total - bundle.length, total },
    leaves: { converged: total - leaves.length, total },
    lagging: [...leaves, ...bundle],
  };
}

function absentIn(namespace: string | undefined): string {
  return namespace === undefined
    ? 'no live proxy was found'
    : `no live proxy was found in namespace ${namespace}`;
}

/**
 * What a proxy holds. A control-plane proxy takes its anchors from the ConfigMap when its container
 * starts, so one that started after the bundle had settled holds that bundle.
 */
export function heldBy(
  { holds, startedAt }: ProxyObservation,
  bundle: BundleObservation,
  settleMs: number,
): Held {
  if (describeHeld(holds) !== 'unknown' || startedAt === undefined) return holds;
  const settledMs = Date.parse(bundle.since) + settleMs;
  return Date.parse(startedAt) >= settledMs ? bundle.held : holds;
}

function bundleLag(
  proxy: ProxyObservation,
  { objects }: Survey,
  { settleMs }: InspectOptions,
): LaggingProxy | undefined {
  const { bundle, issuer } = objects;
  const holds = heldBy(proxy, bundle, settleMs);
  if (holds.a === bundle.held.a && holds.b === bundle.held.b) return undefined;
  const held = describeHeld(holds);
  const reason =
    held === 'unknown'
      ? (proxy.note ??
        'started before the bundle was last written, so what it holds is not certain')
      : `holds ${held}, the bundle is ${describeHeld(bundle.held)}: it has not started since the bundle changed`;
  return {
    ...lagOf(proxy, 'bundle'),
    severity: accepts(holds, issuer.under) === 'no' ? 'error' : 'warning',
    reason,
    remedy:
      proxy.lifecycle === 'terminating'
        ? 'wait until it is gone'
        : `restart ${workloadName(proxy.workload)}`,
  };
}

function leafLag(proxy: ProxyObservation, { objects }: Survey): LaggingProxy | undefined {
  const { presents, lifecycle } = proxy;
  const { issuer, bundle } = objects;
  const restart = `restart ${workloadName(proxy.workload)}`;
  const lag = lagOf(proxy, 'leaf');
  switch (presents.leaf) {
    case 'none':
      if (lifecycle === 'pending') return undefined;
      return {
        ...lag,
        severity: 'error',
        reason: 'has no leaf, so nobody can talk to it',
        remedy: `look at its log and at linkerd-identity, then ${restart}`,
      };
    case 'expired':
      return {
        ...lag,
        severity: 'error',
        reason: 'presents an expired leaf, which it cannot renew by itself',
        remedy: restart,
      };
    case 'unknown':
      return {
        ...lag,
        severity: 'error',
        reason: proxy.note ?? 'has not shown its leaf',
        remedy: `make its admin port reachable, or ${restart}`,
      };
    case 'valid':
      if (presents.a === issuer.under.a && presents.b === issuer.under.b) return undefined;
      return {
        ...lag,
        severity: accepts(bundle.held, presents) === 'yes' ? 'warning' : 'error',
        reason: `presents a leaf of kind ${describePresented(presents)}, the issuer makes ${issuerKind(issuer.under) ?? 'foreign'}`,
        remedy: `wait for its next refresh, or ${restart}`,
      };
  }
}

function lagOf<About extends LaggingProxy['about']>(
  proxy: ProxyObservation,
  about: About,
): Pick<LaggingProxy, 'what' | 'namespace'> & { readonly about: About } {
  return { what: podName(proxy), namespace: proxy.namespace, about };
}
