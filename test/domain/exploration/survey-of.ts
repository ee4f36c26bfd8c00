import type {
  IdentityReplica,
  InjectorReplica,
  ProxyObservation,
  SignerSource,
  Survey,
} from '../../../domain/survey.ts';
import type { Held, IssuerKind, Knowledge, Presented } from '../../../domain/trust.ts';
import { issuerVerifiesUnder } from '../../../domain/trust.ts';
import {
  anchorA,
  anchorB,
  anchorC,
  bridge,
  bundle,
  deployment,
  held,
  identityWorkload,
  issuer,
  leaf,
  signer,
} from '../../support/survey-builder.ts';
import { acceptsKind } from './physics.ts';
import type { AnchorSet, App, Kind, Leaf, Replica, State } from './state.ts';
import { AB, Generation, noLeaf } from './state.ts';

/**
 * What a survey taken in a state of the model shows: everything that can be asked is answered truly,
 * what cannot be asked is unknown. The real decisions are made on this.
 */
export function surveyOf(state: State): Survey {
  return {
    takenAt: '2026-06-01T00:00:00.000Z',
    objects: objectsOf(state),
    proxies: [
      ...state.apps.flatMap((app, index) => proxiesOf(app, index, state.bridge)),
      ...state.identity.map((replica, index) => identityProxyOf(replica, index, state.bridge)),
    ],
    identity: state.identity.map((replica, index) => replicaOf(replica, index, state.issuer)),
    injectors: state.injectors.map(injectorOf),
    outsiders: [],
  };
}

const heldBySet: Readonly<Record<AnchorSet, Held>> = {
  0: held.none,
  1: held.A,
  2: held.B,
  3: held['A,B'],
};

/** By the model's bits; a kind of 0 verifies under neither. */
const kindNames: Readonly<Record<Exclude<Kind, 0>, IssuerKind>> = { 1: 'a', 2: 'b', 3: 'x' };
const presentedBy: Readonly<Record<Leaf, Presented>> = {
  0: leaf.none,
  1: leaf.a,
  2: leaf.b,
  3: leaf.x,
  4: leaf.expired,
};
const sources: readonly SignerSource[] = ['trust-anchor', 'previous-anchor', 'bridge'];
const generations = { [Generation.A]: anchorA, [Generation.B]: anchorB, [Generation.C]: anchorC };
const letters = ['none', 'A', 'B', 'A,B'] as const;

function objectsOf(state: State): Survey['objects'] {
  return {
    trustAnchor: generations[state.trustAnchor],
    previousAnchor: state.copied ? anchorB : anchorA,
    ...(state.bridge ? { bridge } : {}),
    signer: signer(sources[state.signer] ?? 'other'),
    bundle: bundle(letters[state.bundle]),
    issuer:
      state.issuer === 0
        ? { ...issuer('a'), under: heldBySet[0] }
        : issuer(kindNames[state.issuer]),
  };
}

function proxiesOf(app: App, index: number, bridged: boolean): readonly ProxyObservation[] {
  const name = `app-${index}`;
  const common = {
    namespace: 'shop',
    workload: deployment('shop', name),
    role: 'data-plane',
  } as const;
  const running: ProxyObservation = {
    ...common,
    pod: `${name}-running`,
    lifecycle: 'running',
    // Where it cannot be asked yet, its environment tells.
    holds: heldBySet[app.holds],
    acceptsBridge: answerToBridge(app, app.leaf, bridged),
    presents: presentedBy[app.leaf],
  };
  if (app.pending === 0) return [running];
  const pending: ProxyObservation = {
    ...common,
    pod: `${name}-pending`,
    lifecycle: 'pending',
    holds: heldBySet[app.pending],
    acceptsBridge: 'unknown',
    presents: leaf.none,
  };
  return [running, pending];
}

function identityProxyOf(replica: Replica, index: number, bridged: boolean): ProxyObservation {
  const { proxyHolds, proxyLeaf } = replica;
  return {
    namespace: 'linkerd',
    pod: `linkerd-identity-${index}`,
    workload: identityWorkload,
    role: 'control-plane',
    lifecycle: 'running',
    // Its environment says `valueFrom`, so before it has a leaf nobody knows what it holds.
    holds: proxyLeaf === noLeaf ? held.unknown : heldBySet[proxyHolds],
    acceptsBridge: answerToBridge({ holds: proxyHolds, odd: false }, proxyLeaf, bridged),
    presents: presentedBy[proxyLeaf],
  };
}

/** A proxy can be asked once there is a bridge, and once it has a leaf to answer with. */
function answerToBridge(
  proxy: { readonly holds: AnchorSet; readonly odd: boolean },
  presents: Leaf,
  bridged: boolean,
): Knowledge {
  if (!bridged || presents === noLeaf) return 'unknown';
  return yesOrNo(acceptsKind(proxy, AB));
}

function replicaOf(replica: Replica, index: number, inSecret: Kind): IdentityReplica {
  const { signs, holds, known } = replica;
  return {
    pod: `linkerd-identity-${index}`,
    workload: identityWorkload,
    holds: known ? heldBySet[holds] : held.unknown,
    signs: signs === 0 ? heldBySet[0] : issuerVerifiesUnder[kindNames[signs]],
    usesCurrentIssuer: yesOrNo(signs === inSecret),
  };
}

function injectorOf(mounted: AnchorSet, index: number): InjectorReplica {
  return {
    pod: `linkerd-proxy-injector-${index}`,
    workload: deployment('linkerd', 'linkerd-proxy-injector'),
    handsOut: heldBySet[mounted],
  };
}

function yesOrNo(truth: boolean): Knowledge {
  return truth ? 'yes' : 'no';
}
