import type { RbacManifest } from '../../mesh/roles.ts';
import { applyObject, collectionPath } from '../../simulator/mesh/kube/apply-object.ts';
import type { KubeApi } from '../../simulator/mesh/kube/kube-api.ts';
import { connectKubeApi } from '../../simulator/mesh/kube/kube-api.ts';

/** Roles and bindings that a test puts into a cluster with RBAC. */
export interface RoleGrants {
  /** In place of all that were set before. */
  set(manifests: readonly RbacManifest[]): Promise<void>;
  close(): Promise<void>;
}

/** @param kubeConfigYaml of an administrator */
export async function connectRoleGrants(kubeConfigYaml: string): Promise<RoleGrants> {
  const api = await connectKubeApi(kubeConfigYaml);
  let granted: readonly string[] = [];
  return {
    set: async (manifests) => {
      for (const manifest of manifests) await applyObject(api, { ...manifest });
      const paths = manifests.map(pathOf);
      await remove(
        api,
        granted.filter((path) => !paths.includes(path)),
      );
      granted = paths;
    },
    close: () => api.close(),
  };
}

async function remove(api: KubeApi, paths: readonly string[]): Promise<void> {
  for (const path of paths) await api.delete(path, {});
}

function pathOf(manifest: RbacManifest): string {
  return `${collectionPath(manifest)}/${manifest.metadata.name}`;
}
