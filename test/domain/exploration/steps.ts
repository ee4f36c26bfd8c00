import type { GateName } from '../../../domain/gates/gate.ts';
import type { Mutation } from '../../../domain/invariants.ts';
import type { Method, PhaseName } from '../../../domain/phases.ts';
import type { RestartCandidate, RestartGoal } from '../../../domain/restarts.ts';
import { restartCandidates } from '../../../domain/restarts.ts';
import type { Survey } from '../../../domain/survey.ts';
import type { VerifiesUnder } from '../../../domain/trust.ts';
import { issuerVerifiesUnder } from '../../../domain/trust.ts';
import { held } from '../../support/survey-builder.ts';
import type { Physics } from './physics.ts';
import type { State } from './state.ts';
import { Generation, Signer } from './state.ts';

/** One step of the rotation: it waits for its gate, or makes its mutation, and may restart meanwhile. */
export interface Step {
  readonly name: StepName;
  readonly phase: PhaseName;
  readonly gate?: GateName;
  /** What identity processes are restarted for until each is known to accept it. */
  readonly ready?: (physics: Physics) => VerifiesUnder;
  readonly mutation?: (state: State) => Mutation;
  readonly apply?: (state: State) => State;
  readonly restarts?: (survey: Survey) => readonly RestartCandidate[];
  /** Restarts of the urgent pace, for what waiting would bring too. */
  readonly hastens?: (survey: Survey) => readonly RestartCandidate[];
}

export type StepName =
  | 'pin'
  | 'freeze'
  | 'pinned'
  | 'renew'
  | 'both in bundle'
  | 'spread'
  | 'ready to switch'
  | 'switch'
  | 'switched'
  | 'make bridge'
  | 'ready identity'
  | 'probe'
  | 'bridge'
  | 'bridged'
  | 'leaves'
  | 'copy'
  | 'new in bundle'
  | 'forget'
  | 'ready to release'
  | 'release'
  | 'released'
  | 'delete bridge'
  | 'verify'
  | 'completed'
  | 'unpin'
  | 'ready to swing back'
  | 'swing back'
  | 'swung back'
  | 'leaves back'
  | 'delete bridge again'
  | 'held'
  | 'control plane'
  | 'data plane';

function restartFor(goal: RestartGoal): (survey: Survey) => readonly RestartCandidate[] {
  return (survey) => restartCandidates(survey, goal);
}

const adopt = restartFor({ kind: 'identity-uses-issuer' });
const heal = restartFor({ kind: 'heal' });

const head: readonly Step[] = [
  { name: 'freeze', phase: 'PinningSigner', apply: (state) => ({ ...state, frozen: true }) },
  {
    name: 'pin',
    phase: 'PinningSigner',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'a' }),
    apply: (state) => ({ ...state, signer: Signer.PreviousAnchor, inCharge: true }),
  },
  { name: 'pinned', phase: 'PinningSigner', gate: 'signer-pinned' },
  {
    name: 'renew',
    phase: 'RenewingTrustAnchor',
    mutation: ({ copied }) => ({
      kind: 'write-bundle-source',
      remaining: copied ? held.B : held.A,
    }),
    apply: (state) => ({ ...state, trustAnchor: Generation.B, inCharge: true }),
  },
  { name: 'both in bundle', phase: 'RenewingTrustAnchor', gate: 'bundle-holds-both' },
];

const overlap: readonly Step[] = [
  {
    name: 'spread',
    phase: 'PropagatingTrustRoots',
    gate: 'fleet-holds-both',
    restarts: restartFor({ kind: 'hold', wanted: held['A,B'] }),
  },
  { name: 'ready to switch', phase: 'RenewingIdentityIssuer', gate: 'fleet-holds-both' },
  {
    name: 'switch',
    phase: 'RenewingIdentityIssuer',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'b' }),
    apply: (state) => ({ ...state, signer: Signer.TrustAnchor }),
  },
  {
    name: 'switched',
    phase: 'RenewingIdentityIssuer',
    gate: 'issuer-switched',
    restarts: adopt,
  },
];

const bridge: readonly Step[] = [
  {
    name: 'make bridge',
    phase: 'BridgingIdentityIssuer',
    apply: (state) => ({ ...state, bridge: true }),
  },
  { name: 'ready identity', phase: 'BridgingIdentityIssuer', ready: bridgedFor },
  { name: 'probe', phase: 'BridgingIdentityIssuer', gate: 'fleet-accepts-bridge' },
  {
    name: 'bridge',
    phase: 'BridgingIdentityIssuer',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'x' }),
    apply: (state) => ({ ...state, signer: Signer.Bridge }),
  },
  {
    name: 'bridged',
    phase: 'BridgingIdentityIssuer',
    gate: 'issuer-bridged',
    restarts: adopt,
  },
];

const retirement: readonly Step[] = [
  {
    name: 'leaves',
    phase: 'ReplacingLeaves',
    gate: 'leaves-under-new-anchor',
    restarts: heal,
    hastens: restartFor({ kind: 'replace-leaves', under: held.B }),
  },
  {
    name: 'copy',
    phase: 'RetiringTrustAnchor',
    mutation: () => ({ kind: 'write-bundle-source', remaining: held.B }),
    apply: (state) => ({ ...state, copied: true }),
  },
  { name: 'new in bundle', phase: 'RetiringTrustAnchor', gate: 'bundle-holds-new-only' },
  {
    name: 'forget',
    phase: 'RetiringTrustAnchor',
    gate: 'fleet-holds-new-only',
    restarts: restartFor({ kind: 'hold', wanted: held.B }),
  },
];

const release: readonly Step[] = [
  { name: 'ready to release', phase: 'ReleasingBridge', gate: 'fleet-holds-new-only' },
  {
    name: 'release',
    phase: 'ReleasingBridge',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'b' }),
    apply: (state) => ({ ...state, signer: Signer.TrustAnchor }),
  },
  {
    name: 'released',
    phase: 'ReleasingBridge',
    gate: 'bridge-released',
    restarts: adopt,
  },
  {
    name: 'delete bridge',
    phase: 'ReleasingBridge',
    apply: (state) => ({ ...state, bridge: false }),
  },
];

const end: readonly Step[] = [
  { name: 'verify', phase: 'Verifying', gate: 'fleet-holds-new-only' },
  { name: 'completed', phase: 'Verifying' },
];

/** linkerd-identity counts the path length of A: at 0 it takes the bridged issuer only if it holds B. */
function bridgedFor({ pathLengthZero }: Physics): VerifiesUnder {
  return pathLengthZero ? issuerVerifiesUnder.b : issuerVerifiesUnder.x;
}

/** The ways out, one after the other; `unpin` ends, the others lead to `held`. */
export const wayBack: readonly Step[] = [
  {
    name: 'ready to swing back',
    phase: 'ReplacingLeaves',
    ready: () => issuerVerifiesUnder.a,
  },
  {
    name: 'swing back',
    phase: 'ReplacingLeaves',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'a' }),
    apply: (state) => ({ ...state, signer: Signer.PreviousAnchor }),
  },
  {
    name: 'swung back',
    phase: 'ReplacingLeaves',
    gate: 'issuer-swung-back',
    restarts: adopt,
  },
  {
    name: 'leaves back',
    phase: 'ReplacingLeaves',
    gate: 'leaves-under-old-anchor',
    restarts: heal,
  },
  {
    name: 'delete bridge again',
    phase: 'ReplacingLeaves',
    apply: (state) => ({ ...state, bridge: false }),
  },
  { name: 'held', phase: 'Preflight' },
  {
    name: 'unpin',
    phase: 'PinningSigner',
    mutation: () => ({ kind: 'let-issuer-sign', issuer: 'a' }),
    apply: (state) => ({ ...state, signer: Signer.TrustAnchor, frozen: false, inCharge: false }),
  },
];

/** The runbook of a method, step by step. */
export const runbook: Readonly<Record<Method, readonly Step[]>> = {
  bridge: [...head, ...bridge, ...retirement, ...release, ...end],
  overlap: [...head, ...overlap, ...retirement, ...end],
};

/** The order of the public scripts of 2025: each step follows the one before, whatever is observed. */
export const publishedScript: readonly Step[] = [
  ...head.filter(({ name }) => name === 'renew' || name === 'both in bundle'),
  {
    name: 'switch',
    phase: 'RenewingIdentityIssuer',
    apply: (state) => ({ ...state, issuer: 2 }),
  },
  {
    name: 'control plane',
    phase: 'RenewingIdentityIssuer',
    restarts: (survey) => survey.identity.map(({ workload }) => restartOf(workload)),
  },
  {
    name: 'data plane',
    phase: 'ReplacingLeaves',
    restarts: (survey) =>
      survey.proxies
        .filter(({ role }) => role === 'data-plane')
        .map(({ workload }) => restartOf(workload)),
  },
  { name: 'copy', phase: 'RetiringTrustAnchor', apply: (state) => ({ ...state, copied: true }) },
  { name: 'completed', phase: 'Verifying' },
];

function restartOf(workload: RestartCandidate['workload']): RestartCandidate {
  return { workload, lagging: [], markers: [], turn: 0 };
}
