import type { Physics } from './physics.ts';
import {
  acceptsKind,
  canRefresh,
  isLockedOut,
  isValid,
  loads,
  readableBundles,
  replicaEnd,
  signedKind,
  sourcesOf,
  writeBundle,
} from './physics.ts';
import type { Kind, State } from './state.ts';
import { B, expired, Generation, noLeaf, withApp, withInjector, withReplica } from './state.ts';

/** What happens in one move; the indices say to whom. */
export type MoveKind =
  | 'cert-manager renews the issuer'
  | 'cert-manager renews the anchor by itself'
  | 'trust-manager writes the bundle'
  | 'all mounts show the bundle'
  | 'app refreshes its leaf'
  | 'app container restarts'
  | 'app is deployed'
  | 'app pod starts'
  | 'leaf lapses'
  | 'identity reloads the issuer'
  | 'identity container restarts'
  | 'identity proxy restarts'
  | 'identity proxy refreshes its leaf'
  | 'injector sees the bundle'
  | 'rotation takes a step'
  | 'rotation restarts a workload'
  | 'rotation restarts a workload for its leaf'
  | 'a person restarts an unknown identity process'
  | 'cross-signing is refused'
  | 'rotation is killed and resumes'
  | 'rotation is aborted';

export type Emit = (next: State, kind: MoveKind, subject?: number, by?: number) => void;

export interface EnvironmentOptions extends Physics {
  /** Whether leaves of proxies that cannot refresh lapse: only where a mesh may have been spoiled. */
  readonly lapses: boolean;
  /** Whether the anchor may be renewed by itself a second time, where the rotation does not prevent it. */
  readonly renewsAgain: boolean;
}

/** Everything that may happen in the cluster at any moment without the rotation. */
export function environmentMoves(state: State, options: EnvironmentOptions, emit: Emit): void {
  objectMoves(state, options, emit);
  for (const index of state.apps.keys()) appMoves(state, index, emit);
  for (const index of state.identity.keys()) replicaMoves(state, index, { options, emit });
  for (const [index, mounted] of state.injectors.entries()) {
    if (mounted !== state.bundle) {
      emit(withInjector(state, index, state.bundle), 'injector sees the bundle', index);
    }
  }
  if (options.lapses) lapses(state, emit);
}

function objectMoves(state: State, options: EnvironmentOptions, emit: Emit): void {
  const issuer = signedKind(state);
  if (issuer !== state.issuer) {
    const spoiled = state.spoiled || (issuer === B && !state.inCharge);
    emit({ ...state, issuer, spoiled }, 'cert-manager renews the issuer');
  }
  renewAnchor(state, options, emit);
  if (sourcesOf(state) !== state.bundle)
    emit(writeBundle(state), 'trust-manager writes the bundle');
  if (state.stale !== 0) emit({ ...state, stale: 0 }, 'all mounts show the bundle');
}

/**
 * Once before the rotation, at any moment until the renewal is switched off. Once more, far later,
 * only where it never is: the first renewal after the rotation's own.
 */
function renewAnchor(state: State, options: EnvironmentOptions, emit: Emit): void {
  if (state.frozen) return;
  const again = state.inCharge && options.renewsAgain;
  if (state.trustAnchor === Generation.A) {
    emit({ ...state, trustAnchor: Generation.B }, 'cert-manager renews the anchor by itself');
  } else if (state.trustAnchor === Generation.B && again) {
    emit({ ...state, trustAnchor: Generation.C }, 'cert-manager renews the anchor by itself');
  }
}

function appMoves(state: State, index: number, emit: Emit): void {
  const app = state.apps[index];
  if (app === undefined) return;
  for (const [by, replica] of state.identity.entries()) {
    if (app.leaf !== replica.signs && app.leaf !== expired && canRefresh(app, replica)) {
      emit(withApp(state, index, { leaf: replica.signs }), 'app refreshes its leaf', index, by);
    }
  }
  if (app.leaf !== noLeaf) {
    emit(withApp(state, index, { leaf: noLeaf }), 'app container restarts', index);
  }
  if (app.pending === 0) {
    for (const [by, pending] of state.injectors.entries()) {
      emit(withApp(state, index, { pending }), 'app is deployed', index, by);
    }
    return;
  }
  const started = { holds: app.pending, leaf: noLeaf, pending: 0, odd: false } as const;
  emit(withApp(state, index, started), 'app pod starts', index);
}

function replicaMoves(
  state: State,
  index: number,
  { options, emit }: { readonly options: EnvironmentOptions; readonly emit: Emit },
): void {
  const replica = state.identity[index];
  if (replica === undefined) return;
  const { signs, holds, proxyHolds, proxyLeaf } = replica;
  if (signs !== state.issuer && loads(holds, state.issuer, options)) {
    emit(withReplica(state, index, { signs: state.issuer }), 'identity reloads the issuer', index);
  }
  for (const next of startedProcesses(state, index, options)) {
    emit(next, 'identity container restarts', index);
  }
  for (const next of startedProxies(state, index)) emit(next, 'identity proxy restarts', index);
  const own = { holds: proxyHolds, odd: false };
  if (proxyLeaf !== signs && proxyLeaf !== expired && acceptsKind(own, signs)) {
    emit(
      withReplica(state, index, { proxyLeaf: signs }),
      'identity proxy refreshes its leaf',
      index,
    );
  }
}

/**
 * An identity container that starts reads the bundle and the issuer from mounts that may be stale. A
 * pair that does not load makes it exit; it is then tried again, until the mounts have followed.
 */
export function startedProcesses(state: State, index: number, physics: Physics): readonly State[] {
  const replica = state.identity[index];
  if (replica === undefined) return [];
  const kinds: readonly Kind[] =
    replica.signs === state.issuer ? [state.issuer] : [state.issuer, replica.signs];
  return readableBundles(state).flatMap((holds) =>
    kinds
      .filter((signs) => loads(holds, signs, physics))
      .map((signs) => withReplica(state, index, { signs, holds, known: state.stale === 0 })),
  );
}

export function startedProxies(state: State, index: number): readonly State[] {
  return readableBundles(state).map((proxyHolds) =>
    withReplica(state, index, { proxyHolds, proxyLeaf: noLeaf }),
  );
}

/** A leaf lapses where every replica is out of reach for good: a refresh is due long before the end. */
function lapses(state: State, emit: Emit): void {
  for (const [index, app] of state.apps.entries()) {
    if (!isValid(app.leaf) || !state.identity.every((one) => isLockedOut(app, one))) continue;
    emit(withApp(state, index, { leaf: expired }), 'leaf lapses', index);
  }
  for (const [index, replica] of state.identity.entries()) {
    const end = replicaEnd(replica);
    if (!isValid(end.leaf) || acceptsKind(end, replica.signs)) continue;
    emit(
      withReplica(state, index, { proxyLeaf: expired }),
      'leaf lapses',
      state.apps.length + index,
    );
  }
}
