import type {
  BundleObservation,
  IdentityReplica,
  InjectorReplica,
  ProxyObservation,
  SignerSource,
  Survey,
  TrustObjects,
  WorkloadRef,
} from '../../domain/survey.ts';
import type { Held, IssuerKind, Presented } from '../../domain/trust.ts';
import { issuerVerifiesUnder, noLeaf, unknownHeld, unknownPresented } from '../../domain/trust.ts';
import { fakeCertificate } from './fake-certificates.ts';

/** Surveys for tests of decisions: said in the runbook's letters, everything else filled in. */

const ca = { isCa: true };
export const anchorA = fakeCertificate({ subject: 'CN=root', key: 'A', ...ca });
export const anchorB = fakeCertificate({
  subject: 'CN=root',
  key: 'B',
  notBefore: '2026-05-01T00:00:00.000Z',
  notAfter: '2027-05-01T00:00:00.000Z',
  ...ca,
});
export const anchorC = fakeCertificate({ subject: 'CN=root', key: 'C', ...ca });
export const bridge = fakeCertificate({ subject: 'CN=root', key: 'B', signer: anchorA, ...ca });
const issuerA = fakeCertificate({ subject: 'CN=identity', key: 'a', signer: anchorA, ...ca });
const issuerB = fakeCertificate({ subject: 'CN=identity', key: 'b', signer: anchorB, ...ca });

/** The anchors of every rotation in these tests. */
export const fingerprints = { a: anchorA.fingerprint, b: anchorB.fingerprint };

export type HeldLetters = 'A' | 'A,B' | 'B' | 'none' | 'unknown';

/** What {@link HeldLetters} stand for. */
export const held: Readonly<Record<HeldLetters, Held>> = {
  A: { a: 'yes', b: 'no' },
  'A,B': { a: 'yes', b: 'yes' },
  B: { a: 'no', b: 'yes' },
  none: { a: 'no', b: 'no' },
  unknown: unknownHeld,
};

export type LeafLetters = IssuerKind | 'foreign' | 'expired' | 'none' | 'unknown';

/** What {@link LeafLetters} stand for. */
export const leaf: Readonly<Record<LeafLetters, Presented>> = {
  a: { leaf: 'valid', ...issuerVerifiesUnder.a },
  x: { leaf: 'valid', ...issuerVerifiesUnder.x },
  b: { leaf: 'valid', ...issuerVerifiesUnder.b },
  foreign: { leaf: 'valid', a: 'no', b: 'no' },
  expired: { leaf: 'expired', a: 'no', b: 'no' },
  none: noLeaf,
  unknown: unknownPresented,
};

export const identityWorkload = deployment('linkerd', 'linkerd-identity');
export const injectorWorkload = deployment('linkerd', 'linkerd-proxy-injector');

export function deployment(namespace: string, name: string): WorkloadRef {
  return { kind: 'Deployment', namespace, name };
}

/** A running data-plane proxy of Deployment `shop/<name>`, pod `<name>-1`. */
export function proxy(
  name: string,
  holds: HeldLetters,
  presents: LeafLetters,
  more: Partial<ProxyObservation> = {},
): ProxyObservation {
  return {
    namespace: 'shop',
    pod: `${name}-1`,
    workload: deployment('shop', name),
    role: 'data-plane',
    lifecycle: 'running',
    holds: held[holds],
    acceptsBridge: 'yes',
    presents: leaf[presents],
    ...more,
  };
}

/** The proxy in the pod of an identity replica. */
export function identityProxy(
  holds: HeldLetters,
  presents: LeafLetters,
  more: Partial<ProxyObservation> = {},
): ProxyObservation {
  return proxy('linkerd-identity', holds, presents, {
    namespace: 'linkerd',
    workload: identityWorkload,
    role: 'control-plane',
    ...more,
  });
}

/** Replica `linkerd-identity-1`, which signs with the issuer in the Secret. */
export function identity(
  holds: HeldLetters,
  signs: IssuerKind,
  more: Partial<IdentityReplica> = {},
): IdentityReplica {
  return {
    pod: 'linkerd-identity-1',
    workload: identityWorkload,
    holds: held[holds],
    signs: issuerVerifiesUnder[signs],
    usesCurrentIssuer: 'yes',
    ...more,
  };
}

/** Replica `linkerd-proxy-injector-1`. */
export function injector(
  handsOut: HeldLetters,
  more: Partial<InjectorReplica> = {},
): InjectorReplica {
  return {
    pod: 'linkerd-proxy-injector-1',
    workload: injectorWorkload,
    handsOut: held[handsOut],
    ...more,
  };
}

export function bundle(
  letters: HeldLetters,
  more: Partial<BundleObservation> = {},
): BundleObservation {
  const { a, b } = fingerprints;
  const all = { A: [a], 'A,B': [a, b].toSorted(), B: [b], none: [], unknown: [] };
  return {
    held: held[letters],
    fingerprints: all[letters],
    divergentTargets: [],
    since: '2026-05-01T00:00:00.000Z',
    ...more,
  };
}

export function issuer(kind: IssuerKind): TrustObjects['issuer'] {
  return {
    certificate: kind === 'a' ? issuerA : issuerB,
    chainLength: kind === 'x' ? 2 : 1,
    under: issuerVerifiesUnder[kind],
  };
}

export function signer(source: SignerSource): TrustObjects['signer'] {
  const secretNames = {
    'trust-anchor': 'linkerd-trust-anchor',
    'previous-anchor': 'linkerd-previous-anchor',
    bridge: 'linkerd-trust-bridge',
    other: 'somebody-elses-ca',
  };
  return { source, secretName: secretNames[source] };
}

/** The objects of a cluster at rest under A; `more` says what is different. */
export function objects(more: Partial<TrustObjects> = {}): TrustObjects {
  return {
    trustAnchor: anchorA,
    previousAnchor: anchorA,
    signer: signer('trust-anchor'),
    bundle: bundle('A'),
    issuer: issuer('a'),
    ...more,
  };
}

/** A mesh at rest under A: two applications, identity and an injector; `more` says what is different. */
export function survey(more: Partial<Survey> = {}): Survey {
  return {
    takenAt: '2026-06-01T00:00:00.000Z',
    objects: objects(),
    proxies: [proxy('web', 'A', 'a'), proxy('db', 'A', 'a'), identityProxy('A', 'a')],
    identity: [identity('A', 'a')],
    injectors: [injector('A')],
    outsiders: [],
    ...more,
  };
}

/** The same survey with every verifier, leaf, issuer and injector in one state. */
export function uniform(
  holds: HeldLetters,
  kind: IssuerKind,
  changes: Partial<TrustObjects> = {},
): Survey {
  return survey({
    objects: objects({
      trustAnchor: anchorB,
      bundle: bundle(holds),
      issuer: issuer(kind),
      ...changes,
    }),
    proxies: [proxy('web', holds, kind), proxy('db', holds, kind), identityProxy(holds, kind)],
    identity: [identity(holds, kind)],
    injectors: [injector(holds)],
  });
}
