import { z } from 'zod';

import type { KubeApi } from '../kube/kube-api.ts';

export interface ObjectRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/** File name to content: what a ConfigMap or Secret volume shows. */
export type FileTree = ReadonlyMap<string, string>;

/** Reads ConfigMaps and Secrets for all pods: however many mount an object, it is asked for once in a while. */
export interface ObjectReader {
  /**
   * @param maxAgeMs an answer that is no older is good enough; 0 asks the API server.
   * @throws when there is no such object.
   */
  read(ref: ObjectRef, maxAgeMs: number): Promise<FileTree>;
}

const dataObject = z.object({ data: z.record(z.string(), z.string()).optional() });

export function createObjectReader(api: KubeApi): ObjectReader {
  const answers = new Map<string, { readonly askedMs: number; readonly tree: Promise<FileTree> }>();
  return {
    read: (ref, maxAgeMs) => {
      const key = `${ref.kind}/${ref.namespace}/${ref.name}`;
      const known = answers.get(key);
      const nowMs = performance.now();
      if (known !== undefined && nowMs - known.askedMs < maxAgeMs) return known.tree;
      const tree = readTree(api, ref);
      answers.set(key, { askedMs: nowMs, tree });
      // The caller sees the failure; nobody after it should get it, too.
      tree.catch(() => answers.delete(key));
      return tree;
    },
  };
}

async function readTree(api: KubeApi, { kind, namespace, name }: ObjectRef): Promise<FileTree> {
  const resource = kind === 'ConfigMap' ? 'configmaps' : 'secrets';
  const path = `/api/v1/namespaces/${namespace}/${resource}/${name}`;
  const { data = {} } = dataObject.parse(await api.get(path));
  const text = (value: string): string =>
    kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value;
  return new Map(Object.entries(data).map(([key, value]) => [key, text(value)]));
}
