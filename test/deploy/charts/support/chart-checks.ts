import type { Crd } from '../../../real-cluster/custom-resource-definitions.ts';
import type { Helm, Manifest } from './helm.ts';
import { installHelm } from './helm.ts';
import { findInvalid, installKubeconform } from './kubeconform.ts';
import { kubernetesSchemas } from './kubernetes-schemas.ts';

export interface ChartChecks {
  readonly helm: Helm;
  /** What is wrong with the manifests for the API server, a line an object. */
  findInvalid(manifests: readonly Manifest[]): Promise<readonly string[]>;
}

/**
 * Real Helm, and kubeconform with the schemas of everything that a chart of ours holds.
 *
 * @throws {GoToolMissingError} where they cannot be had on this machine.
 */
export async function prepareChartChecks(moreCrds: readonly Crd[] = []): Promise<ChartChecks> {
  const helm = await installHelm();
  const kubeconform = await installKubeconform();
  const schemas = await kubernetesSchemas(moreCrds);
  return { helm, findInvalid: (manifests) => findInvalid(kubeconform, schemas, manifests) };
}
