import type { End, Physics } from './physics.ts';
import {
  acceptsKind,
  acceptsLeaf,
  appEnd,
  handshake,
  isValid,
  loads,
  readableBundles,
  replicaEnd,
} from './physics.ts';
import type { App, Replica, State } from './state.ts';
import { expired, noLeaf } from './state.ts';

/** The ways in which the product's promise can be broken. */
export const Violation = {
  Handshake: 'two live proxies with valid leaves cannot talk',
  OwnLeaf: "identity's own proxy refuses the leaf that it would be given",
  Leaf: 'a proxy refuses the leaf that identity would give it',
  Server: "a proxy refuses identity's proxy",
  Client: "identity's proxy refuses a proxy",
  Expired: 'a leaf has expired',
  DeadIdentity:
    'an identity process that restarts now dies: its issuer does not verify under its bundle',
  Leftover: 'the rotation has completed while something still trusts A',
} as const;
export type Violation = (typeof Violation)[keyof typeof Violation];

/** What must hold in every reachable state: the product's promise, said without the domain's words. */
export function violation(state: State, physics: Physics): Violation | undefined {
  return brokenHandshake(state) ?? brokenRenewal(state) ?? deadIdentity(state, physics);
}

function brokenHandshake(state: State): Violation | undefined {
  const ends: readonly End[] = [...state.apps.map(appEnd), ...state.identity.map(replicaEnd)];
  const live = ends.filter(({ leaf }) => isValid(leaf));
  const broken = live.some((one, index) =>
    live.slice(index + 1).some((other) => !handshake(one, other)),
  );
  return broken ? Violation.Handshake : undefined;
}

function brokenRenewal(state: State): Violation | undefined {
  for (const replica of state.identity) {
    if (!acceptsKind(replicaEnd(replica), replica.signs)) {
      return Violation.OwnLeaf;
    }
    for (const app of state.apps) {
      const broken = cannotRenew(app, replica);
      if (broken !== undefined) return broken;
    }
  }
  return undefined;
}

function cannotRenew(app: App, replica: Replica): Violation | undefined {
  const server = replicaEnd(replica);
  if (app.leaf === expired) return Violation.Expired;
  if (!acceptsKind(app, replica.signs)) return Violation.Leaf;
  // A proxy that is just starting serves nobody yet; the other replica, or a moment, helps.
  if (!isValid(server.leaf)) return undefined;
  if (!acceptsLeaf(app, server.leaf)) return Violation.Server;
  if (app.leaf !== noLeaf && !acceptsLeaf(server, app.leaf)) return Violation.Client;
  return undefined;
}

function deadIdentity(state: State, physics: Physics): Violation | undefined {
  return readableBundles(state).every((bundle) => loads(bundle, state.issuer, physics))
    ? undefined
    : Violation.DeadIdentity;
}

/** What `Completed` promises besides: nothing alive trusts A, and nothing new will. */
export function leftover(state: State): Violation | undefined {
  const verifiers = [
    ...state.apps.flatMap(({ holds, pending }) => [holds, pending]),
    ...state.identity.flatMap(({ holds, proxyHolds }) => [holds, proxyHolds]),
    ...state.injectors,
  ];
  return verifiers.some((held) => (held & 1) !== 0) ? Violation.Leftover : undefined;
}

/** Whether every trace of an issuer that signed too early is gone. */
export function isHealed(state: State): boolean {
  const kinds = [
    state.issuer,
    ...state.apps.map(({ leaf }) => leaf),
    ...state.identity.flatMap(({ signs, proxyLeaf }) => [signs, proxyLeaf]),
  ];
  return kinds.every((kind) => kind !== 2 && kind !== expired);
}
