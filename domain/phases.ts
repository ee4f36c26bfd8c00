/** The rotation's runbook as data: which phases there are, in which order, and how each may be left. */

export const methods = ['bridge', 'overlap'] as const;
export type Method = (typeof methods)[number];
/** The calmest first. */
export const paces = ['natural', 'steady', 'urgent'] as const;
export type Pace = (typeof paces)[number];

/** In the order in which they stand in the runbook. */
export const phaseNames = [
  'Preflight',
  'PinningSigner',
  'RenewingTrustAnchor',
  'PropagatingTrustRoots',
  'BridgingIdentityIssuer',
  'RenewingIdentityIssuer',
  'ReplacingLeaves',
  'RetiringTrustAnchor',
  'ReleasingBridge',
  'Verifying',
] as const;
export type PhaseName = (typeof phaseNames)[number];

export const approvalNames = ['switch-issuer', 'retire-anchor'] as const;
export type ApprovalName = (typeof approvalNames)[number];

/**
 * What an abort does while a phase runs:
 * - `nothing`: nothing was changed
 * - `unpin`: signer and anchor renewal go back to what they were
 * - `hold`: stop safely, pin and freeze stay
 * - `swing-back`: issuer under A again, wait for the leaves, then hold
 * - `forward-only`: refused, going back would be less safe than going on
 */
export type AbortAction = 'nothing' | 'unpin' | 'hold' | 'swing-back' | 'forward-only';

export interface PhaseFacts {
  readonly methods: readonly Method[];
  /** What the phase does, as a person reads it in the checklist. */
  readonly title: string;
  readonly approval?: ApprovalName;
  readonly abort: AbortAction;
}

export const phases: Readonly<Record<PhaseName, PhaseFacts>> = {
  Preflight: {
    methods,
    title: 'survey the mesh, plan, find blockers; change nothing',
    abort: 'nothing',
  },
  PinningSigner: {
    methods,
    title: 'pin the signer to a copy of the anchor in use',
    abort: 'unpin',
  },
  RenewingTrustAnchor: {
    methods,
    title: 'renew the trust anchor and bring both anchors into the bundle',
    abort: 'hold',
  },
  PropagatingTrustRoots: {
    methods: ['overlap'],
    title: 'restart workloads until every verifier holds both anchors',
    abort: 'hold',
  },
  BridgingIdentityIssuer: {
    methods: ['bridge'],
    title: 'cross-sign the new anchor, ask every proxy, switch the issuer to the bridge',
    approval: 'switch-issuer',
    abort: 'swing-back',
  },
  RenewingIdentityIssuer: {
    methods: ['overlap'],
    title: 'switch the issuer to the new anchor',
    approval: 'switch-issuer',
    abort: 'swing-back',
  },
  ReplacingLeaves: {
    methods,
    title: 'replace every leaf by one that verifies under the new anchor',
    abort: 'swing-back',
  },
  RetiringTrustAnchor: {
    methods,
    title: 'take the old anchor out of the bundle and out of every verifier',
    approval: 'retire-anchor',
    abort: 'swing-back',
  },
  ReleasingBridge: {
    methods: ['bridge'],
    title: 'issue under the new anchor alone and delete the bridge',
    abort: 'forward-only',
  },
  Verifying: {
    methods,
    title: 'prove that the old anchor is gone and that the settings are restored',
    abort: 'forward-only',
  },
};

/** What an abort does while this phase runs. */
export function abortAction(
  phase: PhaseName | undefined,
  rotation: { readonly isRetired: boolean; readonly canSwingBack: boolean },
): AbortAction {
  if (phase === undefined || phase === 'Preflight') return 'nothing';
  if (rotation.isRetired) return 'forward-only';
  const { abort } = phases[phase];
  // Where A's key is elsewhere only its owner could make an issuer under it again. Behind the bridge, or
  // once everyone holds both anchors, which comes before the switch, the mesh may stay where it is.
  return abort === 'swing-back' && !rotation.canSwingBack ? 'hold' : abort;
}

/** The phases of a method in their order. */
export function phasesOf(method: Method): readonly PhaseName[] {
  return phaseNames.filter((phase) => phases[phase].methods.includes(method));
}

/** Sweeps of restarts over the whole fleet that trust forces, by method and pace. */
export function forcedPasses(method: Method, pace: Pace): number {
  const passes = {
    bridge: { natural: 0, steady: 1, urgent: 2 },
    overlap: { natural: 2, steady: 2, urgent: 3 },
  } as const;
  return passes[method][pace];
}

/** Whether a method can be run at a pace: without restarts, an overlap would never spread. */
export function paceIsPossible(method: Method, pace: Pace): boolean {
  return method === 'bridge' || pace !== 'natural';
}
