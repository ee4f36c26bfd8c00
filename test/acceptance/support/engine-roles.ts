import type { BundleOwnership } from '../../../domain/objects.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import type { Sources } from '../../../domain/sources.ts';
import { defaultSources } from '../../../domain/sources.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import type { RbacManifest } from '../../../mesh/roles.ts';
import { rolesFor } from '../../../mesh/roles.ts';
import { GoToolMissingError } from '../../support/go-tool.ts';
import { installHelm } from '../../support/helm.ts';
import { clusterKind } from './empty-cluster.ts';
import { engineAccount } from './engine-account.ts';

/** Whether the worker reconciles the TrustAnchorRotation as well, and writes the bundle. */
export interface EngineWork {
  readonly isOperator: boolean;
  readonly bundleOwnership: BundleOwnership;
  readonly sources: Sources;
}

const usualWork: EngineWork = {
  isOperator: false,
  bundleOwnership: 'trustManager',
  sources: defaultSources,
};
const ofTheChart = new Map<string, Promise<readonly RbacManifest[]>>();

/**
 * What the engine may do in the cluster: nothing but what stands in the product's own table of rights.
 * On the real cluster these are the very objects that the operator's chart installs; they are made from
 * the same table, which is what the simulated cluster takes.
 */
export function engineRoles(work = usualWork): Promise<readonly RbacManifest[]> {
  if (clusterKind === 'simulated') return Promise.resolve(ofTheTable(work));
  const key = JSON.stringify(work);
  const roles = ofTheChart.get(key) ?? rendered(work);
  ofTheChart.set(key, roles);
  return roles;
}

function ofTheTable({ bundleOwnership, ...work }: EngineWork): readonly RbacManifest[] {
  return rolesFor(rightsOf({ ...documentedObjects, bundleOwnership }, work), engineAccount);
}

function valuesOf(work: EngineWork): Readonly<Record<string, unknown>> {
  const imports = Object.values(work.sources).includes('imported');
  return {
    operator: { enabled: work.isOperator },
    bundle: { ownership: work.bundleOwnership === 'direct' ? 'Direct' : 'TrustManager' },
    rbac: { imports },
  };
}

async function rendered(work: EngineWork): Promise<readonly RbacManifest[]> {
  try {
    const helm = await installHelm();
    const manifests = await helm.template({
      chart: 'trust-rotation-operator',
      namespace: engineAccount.namespace,
      values: valuesOf(work),
    });
    const roles = manifests.filter(({ kind }) => /^(Cluster)?Role(Binding)?$/.test(kind));
    // Sound: the chart's template is written from what `rolesFor` answers.
    return roles as unknown as readonly RbacManifest[];
  } catch (error) {
    if (!(error instanceof GoToolMissingError)) throw error;
    process.stdout.write(`\n  !! NOT THE CHART'S OWN ROLES: ${error.message}\n`);
    return ofTheTable(work);
  }
}
