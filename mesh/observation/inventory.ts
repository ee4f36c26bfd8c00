import type { Laggard } from '../../domain/convergence.ts';
import { noCertificateBesideOwner } from '../../domain/imports.ts';
import type { Inventory, InventoryWorkload } from '../../domain/inventory.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { writesBundle } from '../../domain/objects.ts';
import type { Sourced } from '../../domain/sources.ts';
import { importsAnchor } from '../../domain/sources.ts';
import { workloadName } from '../../domain/survey.ts';
import { canDisableRenewal } from '../cert-manager.ts';
import type { CertificateState } from '../certificates.ts';
import { CertificateMissingError, certificateRef, readCertificate } from '../certificates.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { ObjectRef } from '../kubernetes/resources.ts';
import { readLinkerdConfig } from '../linkerd-config.ts';
import type { Right } from '../rights.ts';
import { restartBlocker } from '../workloads.ts';
import { keysOf, readAnchors } from './anchors-in-secrets.ts';
import { mapBounded } from './bounded.ts';
import { requireGoDuration } from '../../domain/go-duration.ts';
import { readLeafLifetimeMs } from './leaf-lifetime.ts';
import { maxParallelReplicas } from './limits.ts';
import { measureClockLag } from './node-clocks.ts';
import { findObstacles, rightObstacles } from './obstacles.ts';
import type { ProxyContainer } from './proxies.ts';
import { listProxies } from './proxies.ts';
import { requireIssuer } from './trust-objects.ts';

/** cert-manager's default for `spec.duration`. */
export const defaultDuration = '2160h';

/**
 * Everything a plan needs besides a survey. Needs no object of ours in the cluster.
 * @param wanted where certificates come from; rights that the rotation will need: what lacks is an obstacle
 * @throws ObservationError when the anchor or the issuer is missing; LinkerdConfigError.
 */
export async function takeInventory(
  kube: Kube,
  objects: MeshObjects,
  wanted: Sourced & { readonly rights: readonly Right[] },
): Promise<Inventory> {
  const { trustNamespace, linkerdNamespace } = objects;
  const anchorRef = certificateRef(trustNamespace, objects.trustAnchor);
  const issuerRef = certificateRef(linkerdNamespace, objects.identityIssuer);
  const [anchors, issuer, config] = await Promise.all([
    readAnchors(kube, objects, wanted),
    requireIssuer(kube, objects),
    readLinkerdConfig(kube, objects),
  ]);
  const [anchorCertificate, issuerCertificate, canDisable, lagMs, proxies] = await Promise.all([
    readSettings(kube, anchorRef),
    readSettings(kube, issuerRef),
    canDisableRenewal(kube),
    measureClockLag(kube),
    listProxies(kube, objects),
  ]);
  const anchorSettings = settingsOf(anchorCertificate);
  const issuerSettings = settingsOf(issuerCertificate);
  return {
    workloads: await workloadsOf(kube, proxies),
    trustDomain: config.trustDomain,
    leafLifetimeMs: await readLeafLifetimeMs(kube, linkerdNamespace, config.issuanceLifetime),
    clockLagMs: lagMs,
    certManager: { canDisableRenewal: canDisable },
    anchor: {
      ...optional('rotationPolicy', anchorSettings?.rotationPolicy),
      renewalDisabled: anchorSettings?.renewal?.['policy'] === 'Disabled',
      ...optional('renewalTime', anchorSettings?.renewalTime),
      ...keysOf(anchors),
    },
    issuer: {
      durationMs: requireGoDuration(issuerSettings?.duration ?? defaultDuration),
      ...optional('renewalTime', issuerSettings?.renewalTime),
      certificate: issuer.certificate,
    },
    writesBundle: writesBundle(objects),
    obstacles: [
      ...certificateObstacles([anchorCertificate, issuerCertificate], wanted),
      ...(await rightObstacles(kube, wanted.rights)),
      ...(await findObstacles(kube, objects, { anchors, issuer, config, issuerSettings })),
    ],
  };
}

async function workloadsOf(
  kube: Kube,
  proxies: readonly ProxyContainer[],
): Promise<InventoryWorkload[]> {
  const groups = Map.groupBy(proxies, ({ workload }) => workloadName(workload));
  return mapBounded([...groups.values()], maxParallelReplicas, async (members) => {
    const [first] = members;
    if (first === undefined) throw new Error('A group of proxies is empty.');
    const { workload } = first;
    const cannotRestart = await restartBlocker(kube, workload);
    return {
      workload,
      proxies: members.length,
      controlPlane: members.some(({ role }) => role === 'control-plane'),
      ...optional('cannotRestart', cannotRestart),
    };
  });
}

async function readSettings(kube: Kube, ref: ObjectRef): Promise<CertificateState | Laggard> {
  try {
    return await readCertificate(kube, ref);
  } catch (error) {
    if (!(error instanceof CertificateMissingError)) throw error;
    return {
      what: `Certificate ${ref.namespace ?? ''}/${ref.name}`,
      reason: 'does not exist, so cert-manager does not renew what it should make',
      remedy: "create it as Linkerd's guide says, or give the name that it has here",
    };
  }
}

function certificateObstacles(
  [anchor, issuer]: readonly [CertificateState | Laggard, CertificateState | Laggard],
  wanted: Sourced,
): readonly Laggard[] {
  return [...(importsAnchor(wanted) ? writtenAnchor(anchor) : missing(anchor)), ...missing(issuer)];
}

function missing(found: CertificateState | Laggard): readonly Laggard[] {
  return 'what' in found ? [found] : [];
}

/** cert-manager replaces whatever somebody else writes into the Secret of a Certificate. */
function writtenAnchor(found: CertificateState | Laggard): readonly Laggard[] {
  if ('what' in found) return [];
  return [
    {
      what: `Certificate ${found.namespace}/${found.name}`,
      reason: 'lets cert-manager write the anchor that is to be imported',
      remedy: noCertificateBesideOwner,
    },
  ];
}

function settingsOf(found: CertificateState | Laggard): CertificateState | undefined {
  return 'what' in found ? undefined : found;
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [Key in Name]?: string } {
  // Sound: the object has the one key that the type names, or none.
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: string };
}
