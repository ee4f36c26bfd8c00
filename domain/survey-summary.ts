import type { SignerSource, Survey } from './survey.ts';
import type { VerifiesUnder } from './trust.ts';
import { describeHeld, describePresented } from './trust.ts';

/** What crosses from a survey into a history: counts and fingerprints, never pods. */
export interface SurveySummary {
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly objects: ObjectFingerprints;
  /** When the bundle's text was last written; ISO 8601 in UTC. */
  readonly bundleSince: string;
  readonly fleet: readonly FleetCount[];
  readonly identity: readonly ReplicaCount[];
  readonly injectors: readonly ReplicaCount[];
}

export interface ObjectFingerprints {
  readonly trustAnchor: string;
  readonly previousAnchor?: string;
  readonly bridge?: string;
  readonly signer: SignerSource;
  /** Sorted fingerprints of the control plane's bundle. */
  readonly bundle: readonly string[];
  readonly issuer: {
    readonly fingerprint: string;
    readonly notAfter: string;
    readonly under: VerifiesUnder;
  };
}

/** Proxies that hold and present the same. */
export interface FleetCount {
  readonly role: string;
  readonly holds: string;
  readonly presents: string;
  readonly proxies: number;
}

export interface ReplicaCount {
  /** What they hold (identity) or hand out (injectors), and what identity signs. */
  readonly state: string;
  readonly replicas: number;
}

export function summarise(survey: Survey): SurveySummary {
  return {
    takenAt: survey.takenAt,
    objects: objectFingerprints(survey),
    bundleSince: survey.objects.bundle.since,
    fleet: countFleet(survey),
    identity: countStates(
      survey.identity.map(
        ({ holds, signs }) =>
          `holds ${describeHeld(holds)}, signs ${describePresented({ leaf: 'valid', ...signs })}`,
      ),
    ),
    injectors: countStates(
      survey.injectors.map(({ handsOut }) => `hands out ${describeHeld(handsOut)}`),
    ),
  };
}

/** The objects alone: what is compared with each survey, without counting the fleet. */
export function objectFingerprints({ objects }: Survey): ObjectFingerprints {
  const { trustAnchor, previousAnchor, bridge, signer, bundle, issuer } = objects;
  return {
    trustAnchor: trustAnchor.fingerprint,
    ...(previousAnchor === undefined ? {} : { previousAnchor: previousAnchor.fingerprint }),
    ...(bridge === undefined ? {} : { bridge: bridge.fingerprint }),
    signer: signer.source,
    bundle: bundle.fingerprints,
    issuer: {
      fingerprint: issuer.certificate.fingerprint,
      notAfter: issuer.certificate.notAfter,
      under: issuer.under,
    },
  };
}

function countFleet(survey: Survey): readonly FleetCount[] {
  const counts = new Map<string, FleetCount>();
  for (const proxy of survey.proxies) {
    const state = {
      role: proxy.role,
      holds: describeHeld(proxy.holds),
      presents: describePresented(proxy.presents),
    };
    const key = Object.values(state).join('|');
    counts.set(key, { ...state, proxies: (counts.get(key)?.proxies ?? 0) + 1 });
  }
  return [...counts.keys()].toSorted().flatMap((key) => counts.get(key) ?? []);
}

function countStates(states: readonly string[]): readonly ReplicaCount[] {
  return [...new Set(states)]
    .toSorted()
    .map((state) => ({ state, replicas: states.filter((other) => other === state).length }));
}
