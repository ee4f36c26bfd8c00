import type { KubeApi } from './kube-api.ts';
import { refusalStatus } from './kube-api.ts';

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Creates the object, or merges it into the one that is there. */
export async function applyObject(api: KubeApi, object: ManifestObject): Promise<void> {
  const path = collectionPath(object);
  try {
    await api.create(path, object);
  } catch (error) {
    if (refusalStatus(error) !== 409) throw error;
    await api.mergePatch(`${path}/${object.metadata.name}`, object);
  }
}

/** Creates the object unless there is one of its name, whatever that holds. */
export async function ensureObject(api: KubeApi, object: ManifestObject): Promise<void> {
  try {
    await api.create(collectionPath(object), object);
  } catch (error) {
    if (refusalStatus(error) !== 409) throw error;
  }
}

/** All kinds that the simulator installs form their plural with an s. */
export function collectionPath({
  apiVersion,
  kind,
  metadata,
}: Pick<ManifestObject, 'apiVersion' | 'kind' | 'metadata'>): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${kind.toLowerCase()}s`;
}
