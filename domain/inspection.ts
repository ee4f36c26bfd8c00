import type { RotationAnchors } from './anchors.ts';
import type { CertificateFacts } from './certificate.ts';
import { identityUsesCurrentIssuer, injectorsHandOut, matches } from './conditions.ts';
import type { Laggard } from './convergence.ts';
import type { LaggingProxy, Share } from './fleet-inspection.ts';
import { inspectFleet } from './fleet-inspection.ts';
import type { MeshObjects } from './objects.ts';
import type { Position } from './position.ts';
import { locate } from './position.ts';
import type { Survey } from './survey.ts';

/** What an inspection is made from. */
export interface InspectionFacts {
  readonly objects: MeshObjects;
  readonly survey: Survey;
  readonly anchors: RotationAnchors;
  /** Every certificate in the control plane's bundle. */
  readonly bundled: readonly CertificateFacts[];
  /** Fingerprints of the anchors under each of which alone the issuer in the Secret verifies. */
  readonly issuerVerifiesUnder: readonly string[];
  readonly settleMs: number;
}

export interface Inspection {
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly position: Position;
  readonly chain: readonly ChainLink[];
  readonly signer: Survey['objects']['signer'];
  readonly bundle: {
    readonly certificates: readonly CertificateFacts[];
    readonly since: string;
    readonly divergentTargets: readonly string[];
    readonly hazard?: string;
  };
  readonly convergence: {
    readonly bundle: Share;
    readonly leaves: Share;
    readonly identity: Share;
    readonly injectors: Share;
  };
  /** Said where there is no live proxy to look at. */
  readonly absent?: string;
  /** Replicas of the control plane that are behind. */
  readonly replicas: readonly Laggard[];
  readonly proxies: readonly LaggingProxy[];
}

/** A certificate, the object that holds it, and the anchors that it verifies under, as far as told. */
export interface ChainLink {
  readonly object: string;
  /** `A`, the anchor in use, or `B`, the next one. */
  readonly letter?: 'A' | 'B';
  readonly certificate: CertificateFacts;
  /** For the identity issuer: fingerprints of the anchors that sign it. */
  readonly verifiesUnder?: readonly string[];
}

/** Everything that `linkerd-trust inspect` shows of a cluster. */
export function inspectTrust(
  facts: InspectionFacts,
  { namespace }: { readonly namespace?: string | undefined } = {},
): Inspection {
  const { survey, anchors, bundled, settleMs } = facts;
  const { signer, bundle } = survey.objects;
  const fleet = inspectFleet(survey, { settleMs, namespace });
  const identity = identityUsesCurrentIssuer(survey);
  const injectors = injectorsHandOut(survey, bundle.held);
  const { since, divergentTargets, hazard } = bundle;
  return {
    takenAt: survey.takenAt,
    position: locate(survey, {
      a: anchors.a.certificate.fingerprint,
      ...(anchors.b === undefined ? {} : { b: anchors.b.certificate.fingerprint }),
    }),
    chain: chainOf(facts),
    signer,
    bundle: {
      certificates: bundled,
      since,
      divergentTargets,
      ...(hazard === undefined ? {} : { hazard }),
    },
    convergence: {
      bundle: fleet.bundle,
      leaves: fleet.leaves,
      identity: shareOf(survey.identity, ({ usesCurrentIssuer }) => usesCurrentIssuer === 'yes'),
      injectors: shareOf(
        survey.injectors,
        ({ handsOut }) => matches(handsOut, bundle.held) === 'yes',
      ),
    },
    ...(fleet.absent !== undefined && { absent: fleet.absent }),
    replicas: [...identity.laggards, ...injectors.laggards],
    proxies: fleet.lagging,
  };
}

function shareOf<Item>(items: readonly Item[], isThere: (item: Item) => boolean): Share {
  return { converged: items.filter(isThere).length, total: items.length };
}

/** From the anchors down to the issuer, as Linkerd's guide looks at them. */
function chainOf({ survey, anchors, objects, issuerVerifiesUnder }: InspectionFacts): ChainLink[] {
  const { trustAnchor, previousAnchor, bridge, issuer } = survey.objects;
  const inTrust = (name: string): string => `Secret ${objects.trustNamespace}/${name}`;
  const link = (object: string, certificate: CertificateFacts | undefined): ChainLink[] => {
    if (certificate === undefined) return [];
    const letter = letterOf(certificate, anchors);
    return [{ object, certificate, ...(letter === undefined ? {} : { letter }) }];
  };
  return [
    ...link(inTrust(objects.trustAnchor), trustAnchor),
    ...link(inTrust(objects.previousAnchor), previousAnchor),
    ...link(inTrust(objects.bridge), bridge),
    {
      object: `Secret ${objects.linkerdNamespace}/${objects.identityIssuer}`,
      certificate: issuer.certificate,
      verifiesUnder: issuerVerifiesUnder,
    },
  ];
}

/** The letter of an anchor; `undefined` for any other certificate. */
export function letterOf(
  { fingerprint }: Pick<CertificateFacts, 'fingerprint'>,
  { a, b }: RotationAnchors,
): 'A' | 'B' | undefined {
  if (fingerprint === a.certificate.fingerprint) return 'A';
  return fingerprint === b?.certificate.fingerprint ? 'B' : undefined;
}
