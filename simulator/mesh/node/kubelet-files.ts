import { z } from 'zod';

import type { KubeApi } from '../kube/kube-api.ts';
import type { ReportProblem } from './container-process.ts';
import type { MountedFiles } from './mounted-files.ts';

/** A ConfigMap or Secret volume and where the pod's containers see it. */
export interface VolumeMount {
  readonly mountPath: string;
  readonly kind: 'ConfigMap' | 'Secret';
  readonly objectName: string;
}

export interface PodFilesOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly mounts: readonly VolumeMount[];
  /** How old a mounted file may become. */
  readonly syncMs: number;
  readonly reportProblem: ReportProblem;
}

/** A pod's mounted files, refreshed in the background as the kubelet does. */
export interface PodFiles extends MountedFiles {
  /** Stops refreshing: the files grow stale. */
  freeze(): void;
  thaw(): void;
  unmount(): void;
}

type FileTree = ReadonlyMap<string, string>;

const dataObject = z.object({ data: z.record(z.string(), z.string()).optional() });

/**
 * Mounts ConfigMaps and Secrets. Each is read again every `syncMs`, from a random moment on, and its
 * files are swapped all at once when anything changed.
 *
 * @throws when an object cannot be read: the pod must wait.
 */
export async function mountPodFiles(options: PodFilesOptions): Promise<PodFiles> {
  const trees = new Map<string, FileTree>();
  for (const mount of options.mounts) trees.set(mount.mountPath, await readTree(options, mount));
  const listeners = new Set<{ readonly directory: string; readonly callback: () => void }>();
  let frozen = false;
  let timer = setTimeout(sync, Math.random() * options.syncMs);

  async function refresh(mount: VolumeMount): Promise<void> {
    const tree = await readTree(options, mount);
    if (frozen || sameTree(tree, trees.get(mount.mountPath))) return;
    trees.set(mount.mountPath, tree);
    for (const { directory, callback } of [...listeners]) {
      if (directory === mount.mountPath) callback();
    }
  }

  function sync(): void {
    const refreshes = frozen ? [] : options.mounts.map(refresh);
    // A failed refresh leaves the old files, as the kubelet does; the next one may succeed.
    void Promise.all(refreshes)
      .catch((error: unknown) => options.reportProblem('A volume was not refreshed', error))
      .finally(() => {
        if (!unmounted) timer = setTimeout(sync, options.syncMs);
      });
  }
  let unmounted = false;

  return {
    read: (path) => {
      const slash = path.lastIndexOf('/');
      return trees.get(path.slice(0, slash))?.get(path.slice(slash + 1));
    },
    onSwap: (directory, callback) => {
      const listener = { directory, callback };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    unmount: () => {
      unmounted = true;
      clearTimeout(timer);
    },
  };
}

async function readTree(
  { api, namespace }: PodFilesOptions,
  { kind, objectName }: VolumeMount,
): Promise<FileTree> {
  const resource = kind === 'ConfigMap' ? 'configmaps' : 'secrets';
  const path = `/api/v1/namespaces/${namespace}/${resource}/${objectName}`;
  const { data = {} } = dataObject.parse(await api.get(path));
  const text = (value: string): string =>
    kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value;
  return new Map(Object.entries(data).map(([key, value]) => [key, text(value)]));
}

function sameTree(left: FileTree, right: FileTree | undefined): boolean {
  if (right?.size !== left.size) return false;
  return [...left].every(([name, text]) => right.get(name) === text);
}
