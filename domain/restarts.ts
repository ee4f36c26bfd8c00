import { matches, podName } from './conditions.ts';
import type { Laggard } from './convergence.ts';
import type {
  IdentityReplica,
  InjectorReplica,
  ProxyObservation,
  Survey,
  WorkloadRef,
} from './survey.ts';
import { sameWorkload, workloadName } from './survey.ts';
import type { Held, VerifiesUnder } from './trust.ts';
import { accepts, canTalk } from './trust.ts';

/** What a pass of restarts is to bring about; a workload is restarted only if one of its live pods lacks it. */
export type RestartGoal =
  /** Verifiers hold exactly these of A and B. */
  | { readonly kind: 'hold'; readonly wanted: Partial<Held> }
  /** Leaves verify under these anchors alone. */
  | { readonly kind: 'replace-leaves'; readonly under: Held }
  /** Identity processes hold something that an issuer of these anchors verifies under. */
  | { readonly kind: 'identity-accepts'; readonly under: VerifiesUnder }
  /** Identity processes sign with the issuer in the Secret. */
  | { readonly kind: 'identity-uses-issuer' }
  /** Only what no wait can cure: expired leaves, and leaves that a live verifier refuses. */
  | { readonly kind: 'heal' };

export interface RestartCandidate {
  readonly workload: WorkloadRef;
  /** Pods or replicas that make the restart necessary, named as people see them. */
  readonly lagging: readonly string[];
  /** Restart markers on the workload's live pods. */
  readonly markers: readonly string[];
  /** Its turn: lower ones first, equal ones may go together. */
  readonly turn: number;
}

/** Passes that name themselves in the marker on the pod template. */
export type PassName =
  | 'both'
  | 'leaves'
  | 'new-only'
  | 'identity'
  | 'adoption'
  | 'identity-back'
  | 'adoption-back'
  | 'heal';

/**
 * Restarts for one end, on one occasion. Pods keep the marker of the last restart for as long as they
 * live, so that without its occasion a pass would take restarts of weeks ago for attempts of its own.
 */
export interface RestartPass {
  readonly rotationId: string;
  readonly name: PassName;
  /** When the phase began that needs it; ISO 8601 in UTC. */
  readonly since: string;
}

/** How often one pass restarts one workload before it asks a person. */
export const maxAttemptsPerPass = 3;

/**
 * The workloads that a goal needs restarted, in the order in which that is safe: the injector first
 * (what comes back is made by it), then the data plane, then the control plane, identity last.
 */
export function restartCandidates(survey: Survey, goal: RestartGoal): readonly RestartCandidate[] {
  const candidates: { workload: WorkloadRef; lagging: string[]; turn: number }[] = [];
  for (const { workload, name, turn } of [
    ...lackingProxies(survey, goal),
    ...lackingReplicas(survey, goal),
  ]) {
    const known = candidates.find((candidate) => sameWorkload(candidate.workload, workload));
    if (known === undefined) {
      candidates.push({ workload, lagging: [name], turn });
    } else {
      known.lagging.push(name);
      known.turn = Math.min(known.turn, turn);
    }
  }
  return candidates
    .map((candidate) => ({ ...candidate, markers: markersOn(survey, candidate.workload) }))
    .toSorted((one, other) => one.turn - other.turn);
}

function markersOn(survey: Survey, workload: WorkloadRef): readonly string[] {
  return survey.proxies
    .filter((proxy) => sameWorkload(proxy.workload, workload))
    .flatMap(({ restartMarker: marker }) => (marker === undefined ? [] : [marker]));
}

/** What a pass has done so far, by `workloadName`. */
export interface PassSoFar {
  readonly pass: RestartPass;
  /** Restarted by it, and still coming up. */
  readonly comingUp: readonly string[];
  /** Stuck in a wave before. */
  readonly stuckBefore: readonly string[];
}

/**
 * The next wave: candidates of one turn only, at most `size` of them, so that the control plane never
 * goes down together with what it serves. What still comes up counts first: an attempt that was cut off
 * leaves its wave rolling, and no more than a wave may roll at once. Then come those that were not
 * restarted yet, then those that lag all the same, and last those that were stuck in a wave before: a few
 * of these must not hold up the rest, nor the turns behind them, of which linkerd-identity is the last.
 * Only a stale injector holds everything up: what comes back behind it would be stale as well.
 */
export function nextWave(
  candidates: readonly RestartCandidate[],
  size: number,
  { pass, comingUp, stuckBefore }: PassSoFar,
): readonly RestartCandidate[] {
  const wasStuck = ({ workload }: RestartCandidate): boolean =>
    stuckBefore.includes(workloadName(workload));
  const rank = (candidate: RestartCandidate): number => {
    if (wasStuck(candidate)) return 3;
    if (comingUp.includes(workloadName(candidate.workload))) return 0;
    return wasRestarted(candidate, pass) ? 2 : 1;
  };
  const isNext = (candidate: RestartCandidate): boolean =>
    candidate.turn === Turn.StaleInjector || !wasStuck(candidate);
  const turn = (candidates.find(isNext) ?? candidates[0])?.turn;
  return candidates
    .filter((candidate) => candidate.turn === turn)
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, size);
}

/** Whether a pod of it is there that this pass has made. */
export function wasRestarted({ markers }: RestartCandidate, pass: RestartPass): boolean {
  return restartMarker(pass, markers).attempt > 1;
}

/** `<rotation id>/<pass>@<since>.<attempt>`: says on a pod which restart made it. */
export function restartMarker(
  { rotationId, name, since }: RestartPass,
  made: readonly string[],
): { readonly marker: string; readonly attempt: number } {
  const prefix = `${rotationId}/${name}@${since}.`;
  const attempts = made
    .filter((marker) => marker.startsWith(prefix))
    .map((marker) => Number.parseInt(marker.slice(prefix.length), 10))
    .filter(Number.isInteger);
  const attempt = Math.max(0, ...attempts) + 1;
  return { marker: `${prefix}${String(attempt)}`, attempt };
}

/** A workload that was restarted as often as a pass may and still lags. */
export function exhaustedLaggard(candidate: RestartCandidate): Laggard {
  return {
    what: workloadName(candidate.workload),
    reason: `was restarted ${String(maxAttemptsPerPass)} times and still lags: ${candidate.lagging.slice(0, 3).join(', ')}`,
    remedy: 'look at its pods and at what the proxy injector gives them',
  };
}

/** Rolled out with the marker of this pass, and a pod of it lags that no rollout replaces. */
export function strayLaggard({ workload, lagging }: RestartCandidate): Laggard {
  return {
    what: workloadName(workload),
    reason: `has rolled out, and it does not replace what lags: ${lagging.slice(0, 3).join(', ')}`,
    remedy: 'delete these pods, whose labels it does not select any more, or except them by name',
  };
}

/** Deleted with its pods kept, or of a kind that another API group calls the same; or its pods go just now. */
export function orphanedLaggard({ workload, lagging }: RestartCandidate): Laggard {
  return {
    what: workloadName(workload),
    reason: `is not there, and its pods are: ${lagging.slice(0, 3).join(', ')}`,
    remedy: 'wait until they are gone, restart them by the means of what made them, or delete them',
  };
}

/** A workload that is up, and out of the mesh. */
export function unmeshedLaggard({ workload }: RestartCandidate, pods: readonly string[]): Laggard {
  return {
    what: workloadName(workload),
    reason: `came up without a proxy: pod ${pods.slice(0, 3).join(', ')}`,
    remedy:
      'see why the API server gets none from linkerd-proxy-injector (its certificate, the caBundle and failurePolicy of its MutatingWebhookConfiguration, the annotations linkerd.io/inject) and restart what is named here',
  };
}

interface Lacking {
  readonly workload: WorkloadRef;
  readonly name: string;
  readonly turn: number;
}

const Turn = { StaleInjector: 0, DataPlane: 1, ControlPlane: 2, Identity: 3 } as const;

/** Whether its pods are given their proxy by the injector; those of the control plane bring their own. */
export function needsInjector({ turn }: RestartCandidate): boolean {
  return turn === Turn.DataPlane;
}

/** Whether a restart is decided, or its effect known, by what is in a mounted bundle. */
export function readsMountedBundle({ turn }: RestartCandidate): boolean {
  return turn === Turn.StaleInjector || turn === Turn.Identity;
}

function lackingProxies(survey: Survey, goal: RestartGoal): readonly Lacking[] {
  return survey.proxies
    .filter((proxy) => proxy.lifecycle !== 'terminating' && lacks(proxy, survey, goal))
    .map((proxy) => ({
      workload: proxy.workload,
      name: podName(proxy),
      turn: turnOf(proxy, survey),
    }));
}

function turnOf(proxy: ProxyObservation, survey: Survey): number {
  if (survey.identity.some((replica) => sameWorkload(replica.workload, proxy.workload))) {
    return Turn.Identity;
  }
  return proxy.role === 'control-plane' ? Turn.ControlPlane : Turn.DataPlane;
}

function lacks(proxy: ProxyObservation, survey: Survey, goal: RestartGoal): boolean {
  switch (goal.kind) {
    case 'hold':
      // A control-plane pod that has not started yet reads the bundle of now when it does.
      if (proxy.lifecycle === 'pending' && proxy.role === 'control-plane') return false;
      return matches(proxy.holds, goal.wanted) !== 'yes';
    case 'replace-leaves':
      return proxy.presents.leaf !== 'none' && accepts(goal.under, proxy.presents) !== 'yes';
    case 'heal':
      return isBeyondWaiting(proxy, survey);
    case 'identity-accepts':
    case 'identity-uses-issuer':
      return false;
  }
}

/**
 * A proxy with an expired leaf cannot renew it; a control-plane proxy whose leaf some live verifier
 * refuses keeps that verifier from renewing its own.
 */
function isBeyondWaiting(proxy: ProxyObservation, survey: Survey): boolean {
  if (proxy.presents.leaf === 'expired') return true;
  if (proxy.role !== 'control-plane' || proxy.presents.leaf !== 'valid') return false;
  return survey.proxies.some(
    (other) => other.presents.leaf === 'valid' && canTalk(proxy, other) === 'no',
  );
}

function lackingReplicas(survey: Survey, goal: RestartGoal): readonly Lacking[] {
  const injectors = survey.injectors.filter(stays);
  const identity = survey.identity.filter(stays);
  switch (goal.kind) {
    case 'hold':
      return [...staleInjectors(injectors, goal.wanted), ...identityWithout(identity, goal.wanted)];
    case 'identity-accepts':
      return identity.filter(({ holds }) => accepts(holds, goal.under) !== 'yes').map(asLacking);
    case 'identity-uses-issuer':
      return identity.filter(({ usesCurrentIssuer }) => usesCurrentIssuer !== 'yes').map(asLacking);
    case 'replace-leaves':
    case 'heal':
      return [];
  }
}

/** Replicas of the pods that a restart has just replaced linger; a second restart would not end them. */
function stays({ isTerminating }: { readonly isTerminating?: true }): boolean {
  return isTerminating !== true;
}

/** An injector that hands out a stale bundle makes every restart behind it useless: it goes first. */
function staleInjectors(
  injectors: readonly InjectorReplica[],
  wanted: Partial<Held>,
): readonly Lacking[] {
  return injectors
    .filter((replica) => matches(replica.handsOut, wanted) !== 'yes')
    .map(({ pod, workload }) => ({
      workload,
      name: `injector replica ${pod}`,
      turn: Turn.StaleInjector,
    }));
}

function identityWithout(
  identity: readonly IdentityReplica[],
  wanted: Partial<Held>,
): readonly Lacking[] {
  return identity.filter((replica) => matches(replica.holds, wanted) !== 'yes').map(asLacking);
}

function asLacking({ pod, workload }: IdentityReplica): Lacking {
  return { workload, name: `identity replica ${pod}`, turn: Turn.Identity };
}
