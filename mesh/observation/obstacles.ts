import type { Laggard } from '../../domain/convergence.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { writesBundle } from '../../domain/objects.ts';
import { explainHazard } from '../bundle-text.ts';
import type { BundleState } from '../bundle-keeper.ts';
import { missingSources, signersInBundle } from '../bundle-sources.ts';
import { bundleKeeper, readBundle } from '../bundle.ts';
import type { CertificateState } from '../certificates.ts';
import type { InstalledComponents } from '../cert-manager.ts';
import { readInstalledComponents } from '../cert-manager.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { LinkerdConfig } from '../linkerd-config.ts';
import type { Right } from '../rights.ts';
import { describeMissingRight, missingRights } from '../rights-check.ts';
import type { TlsSecretFacts } from '../tls-secret.ts';
import type { AnchorsInSecrets } from './anchors-in-secrets.ts';
import { identityAccepts } from './identity-start.ts';
import { requireOwnBundle } from './trust-objects.ts';

/** What an inventory has read already. */
export interface Found {
  readonly anchors: AnchorsInSecrets;
  readonly issuer: TlsSecretFacts;
  readonly config: LinkerdConfig;
  readonly issuerSettings: CertificateState | undefined;
}

/** What stands in the way of a rotation and what no wait will cure, each with what to do about it. */
export async function findObstacles(
  kube: Kube,
  objects: MeshObjects,
  found: Found,
): Promise<Laggard[]> {
  const { anchors } = found;
  const [components, state] = await Promise.all([
    readInstalledComponents(kube),
    readBundle(kube, objects),
  ]);
  return [
    ...componentObstacles(components),
    ...bundleKeeper(objects).obstacles({ ...components, bundle: state }, objects),
    ...missingSources(state, objects, anchors),
    ...chartObstacles(found, objects),
    ...signersInBundle(state, objects, [anchors.anchor, anchors.previous, anchors.next]),
    ...anchorObstacles(found, objects),
    ...issuerObstacles(found, objects),
    ...(await bundleObstacles(state, found, { kube, objects })),
  ];
}

/** Those of `rights` that the API server would refuse to us. */
export async function rightObstacles(kube: Kube, rights: readonly Right[]): Promise<Laggard[]> {
  const missing = await missingRights(kube, rights);
  return missing.map((right) => ({
    what: `right to ${describeMissingRight(right)}`,
    reason: 'the API server would refuse it to this engine',
    remedy: "grant it: the chart's roles contain every right that is needed",
  }));
}

function componentObstacles({ certManager }: InstalledComponents): Laggard[] {
  if (certManager !== undefined) return [];
  return [
    {
      what: 'cert-manager',
      reason: 'its custom resources are not in the cluster',
      remedy: "install it and set the mesh up as Linkerd's guide says",
    },
  ];
}

/** A ConfigMap that Linkerd's chart makes holds the anchor of its values again after the next upgrade. */
function chartObstacles({ config }: Found, objects: MeshObjects): Laggard[] {
  if (!writesBundle(objects) || config.externalCa) return [];
  return [
    {
      what: `ConfigMap ${objects.linkerdNamespace}/${objects.bundle}`,
      reason:
        "belongs to Linkerd's chart (identity.externalCA is false): its next upgrade would write the old anchor back",
      remedy:
        'keep it first ("kubectl annotate configmap" with helm.sh/resource-policy=keep: the upgrade would delete it), upgrade Linkerd with identity.externalCA=true, then take the bundle over ("linkerd-trust bundle --bundle-ownership direct --apply")',
    },
  ];
}

function anchorObstacles({ anchors: { anchor } }: Found, objects: MeshObjects): Laggard[] {
  const what = `Secret ${objects.trustNamespace}/${objects.trustAnchor}`;
  if (anchor.chain.length > 1) {
    const reason = `holds ${String(anchor.chain.length)} certificates in tls.crt, so cert-manager cannot sign with it`;
    return [{ what, reason, remedy: 'leave the one certificate that belongs to tls.key' }];
  }
  return [];
}

function issuerObstacles({ config, issuerSettings }: Found, objects: MeshObjects): Laggard[] {
  const obstacles: Laggard[] = [];
  if (config.issuerScheme !== 'kubernetes.io/tls') {
    obstacles.push({
      what: 'linkerd-identity',
      reason: `reads its issuer by scheme ${config.issuerScheme}, not what cert-manager writes`,
      remedy: 'install Linkerd with identity.issuer.scheme=kubernetes.io/tls',
    });
  }
  const { kind, name } = issuerSettings?.issuerRef ?? {
    kind: 'ClusterIssuer',
    name: objects.clusterIssuer,
  };
  if (kind !== 'ClusterIssuer' || name !== objects.clusterIssuer) {
    obstacles.push({
      what: `Certificate ${objects.linkerdNamespace}/${objects.identityIssuer}`,
      reason: `is signed by ${kind ?? 'Issuer'} ${name}, not by ClusterIssuer ${objects.clusterIssuer}`,
      remedy: `let it name ClusterIssuer ${objects.clusterIssuer}, or give the name that it has here`,
    });
  }
  return obstacles;
}

/** Text that Linkerd's parsers stumble over, and an issuer that identity would not start with. */
async function bundleObstacles(
  state: BundleState,
  { issuer }: Found,
  { kube, objects }: { readonly kube: Kube; readonly objects: MeshObjects },
): Promise<Laggard[]> {
  const remedy =
    bundleKeeper(objects).remedy?.(objects) ?? 'correct the source of the Bundle that brings it in';
  const hazards = state.targets
    .filter(({ fatal }) => fatal)
    .map(({ namespace, hazards: found }) => ({
      what: `trust bundle in namespace ${namespace}`,
      reason: found.map(explainHazard).join('; '),
      remedy,
    }));
  const own = requireOwnBundle(state, objects);
  if (own.fatal) return hazards;
  const atMs = (await kube.serverTime()).serverMs;
  if (await identityAccepts(issuer.chainPem, { bundlePem: own.pem, atMs })) return hazards;
  return [
    ...hazards,
    {
      what: 'issuer in the Secret',
      reason:
        'does not verify under the bundle now, by its dates or its signature: the next identity process to start exits',
      remedy: 'renew the identity issuer from an anchor in the bundle, before anything restarts',
    },
  ];
}
