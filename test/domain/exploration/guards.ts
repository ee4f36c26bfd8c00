import type { Survey } from '../../../domain/survey.ts';
import type { ModelOptions } from './mesh-model.ts';
import type { StepName } from './steps.ts';
import { publishedScript, runbook } from './steps.ts';
import type { Violation } from './safety.ts';
import { Violation as Broken } from './safety.ts';
import { AB, B, Generation, Signer } from './state.ts';
import type { State, Topology } from './state.ts';

/** A rotation with one guard taken away (or two, where one covers for the other), and what that breaks. */
export interface Control {
  readonly name: string;
  readonly options: Omit<ModelOptions, 'topology'> & { readonly topology?: Topology };
  readonly breaks: readonly Violation[];
}

/** Every identity replica looks as if it signed with the issuer in the Secret. */
function blindToReplicas(survey: Survey): Survey {
  const { under } = survey.objects.issuer;
  return {
    ...survey,
    identity: survey.identity.map((replica) => ({
      ...replica,
      signs: under,
      usesCurrentIssuer: 'yes',
    })),
  };
}

/** Every injector looks as if its mount showed the bundle of now. */
function blindToInjectors(survey: Survey): Survey {
  const { held } = survey.objects.bundle;
  return {
    ...survey,
    injectors: survey.injectors.map((replica) => ({ ...replica, handsOut: held })),
  };
}

function blindToPending(survey: Survey): Survey {
  return {
    ...survey,
    proxies: survey.proxies.filter(({ lifecycle }) => lifecycle !== 'pending'),
  };
}

/** The first application runs an old proxy version that refuses a bridged leaf unless it holds B. */
export function withOddProxy(resting: State): State {
  return { ...resting, apps: resting.apps.map((app, at) => ({ ...app, odd: at === 0 })) };
}

/** A person has renewed the anchor, and cert-manager the issuer; some proxies have met the new leaves. */
export function spoiledMesh(resting: State): State {
  return {
    ...resting,
    trustAnchor: Generation.B,
    signer: Signer.TrustAnchor,
    issuer: B,
    bundle: AB,
    stale: 1,
    spoiled: true,
  };
}

/** The runbook with the bridge released right after the leaves, while A is still in the bundle. */
function releasedEarly(): typeof runbook.bridge {
  const releasing: readonly StepName[] = [
    'ready to release',
    'release',
    'released',
    'delete bridge',
  ];
  const moved = runbook.bridge.filter(({ name }) => releasing.includes(name));
  const others = runbook.bridge.filter(({ name }) => !releasing.includes(name));
  const at = others.findIndex(({ name }) => name === 'copy');
  return [...others.slice(0, at), ...moved, ...others.slice(at)];
}

const lockedOut: readonly Violation[] = [
  Broken.Handshake,
  Broken.Leaf,
  Broken.OwnLeaf,
  Broken.Server,
  Broken.Client,
];

function bothMethods(
  name: string,
  options: Omit<Control['options'], 'method'>,
  breaks: readonly Violation[],
): readonly Control[] {
  return (['bridge', 'overlap'] as const).map((method) => ({
    name: `${name} (${method})`,
    options: { ...options, method },
    breaks,
  }));
}

export const controls: readonly Control[] = [
  {
    name: 'the published order: anchor, issuer, control plane, data plane, drop A',
    options: { method: 'overlap', script: publishedScript, overlook: Broken.DeadIdentity },
    breaks: lockedOut,
  },
  {
    name: 'no G1 (overlap)',
    options: { method: 'overlap', withoutGates: ['fleet-holds-both'] },
    breaks: lockedOut,
  },
  {
    name: 'neither G1 nor its counterpart in I1 (overlap)',
    options: {
      method: 'overlap',
      withoutGates: ['fleet-holds-both'],
      withoutInvariants: ['I1'],
      overlook: Broken.DeadIdentity,
    },
    breaks: lockedOut,
  },
  {
    name: 'neither the bridge probe nor its counterpart in I1, with a proxy that refuses it (bridge)',
    options: {
      method: 'bridge',
      withoutGates: ['fleet-accepts-bridge'],
      withoutInvariants: ['I1'],
      initial: withOddProxy,
    },
    breaks: lockedOut,
  },
  ...bothMethods(
    'neither G2 nor its counterpart in I2',
    { withoutGates: ['leaves-under-new-anchor'], withoutInvariants: ['I2'] },
    lockedOut,
  ),
  {
    name: 'no G3 before the bridge is released (bridge)',
    options: {
      method: 'bridge',
      withoutGates: ['fleet-holds-new-only'],
      overlook: Broken.Leftover,
    },
    breaks: lockedOut,
  },
  {
    name: 'no G3, neither while retiring nor while verifying (overlap)',
    options: { method: 'overlap', withoutGates: ['fleet-holds-new-only'] },
    breaks: [Broken.Leftover],
  },
  {
    name: 'the bridge released before A is retired, without G3 and I1 (bridge)',
    options: {
      method: 'bridge',
      script: releasedEarly(),
      withoutSteps: ['ready to release'],
      withoutInvariants: ['I1'],
      overlook: Broken.DeadIdentity,
    },
    breaks: lockedOut,
  },
  ...bothMethods(
    'no pin',
    { withoutSteps: ['pin', 'pinned'], overlook: Broken.DeadIdentity },
    lockedOut,
  ),
  ...bothMethods('no freeze of the anchor', { withoutSteps: ['freeze'] }, [Broken.DeadIdentity]),
  ...bothMethods(
    'nobody looks at what identity replicas sign, neither adoption gate nor G2 nor I2',
    { blindness: blindToReplicas },
    lockedOut,
  ),
  ...bothMethods('nobody looks at injectors', { blindness: blindToInjectors }, lockedOut),
  ...bothMethods('a Pending pod does not count', { blindness: blindToPending }, lockedOut),
  {
    name: 'identity not restarted onto B where A has path length 0 (bridge)',
    options: { method: 'bridge', pathLengthZero: true, withoutSteps: ['ready identity'] },
    breaks: [Broken.DeadIdentity],
  },
];
