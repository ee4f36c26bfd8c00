import type { Crd } from '../../../real-cluster/custom-resource-definitions.ts';
import type { Helm, Manifest } from '../../../support/helm.ts';
import { installHelm } from '../../../support/helm.ts';
import { findInvalid, installKubeconform } from './kubeconform.ts';
import { kubernetesSchemas } from './kubernetes-schemas.ts';
import { knownTo, ownCrds } from '../../../support/own-crds.ts';

export interface ChartChecks {
  readonly helm: Helm;
  /** Of the chart trust-rotation-crds. */
  readonly crds: readonly Crd[];
  /** What is wrong with the manifests for the API server, a line an object. */
  findInvalid(manifests: readonly Manifest[]): Promise<readonly string[]>;
}

/**
 * Real Helm, and kubeconform with the schemas of everything that a chart of ours holds.
 *
 * @throws {GoToolMissingError} where they cannot be had on this machine.
 */
export async function prepareChartChecks(): Promise<ChartChecks> {
  const helm = await installHelm();
  const kubeconform = await installKubeconform();
  const crds = await ownCrds(helm);
  const schemas = await kubernetesSchemas(crds);
  return {
    helm,
    crds,
    findInvalid: (manifests) => findInvalid(kubeconform, schemas, knownTo(crds, manifests)),
  };
}
