import type { ReportProblem } from './container-process.ts';
import type { FileTree } from './object-reader.ts';

/** A volume and where the pod's containers see it. */
export interface VolumeMount {
  readonly mountPath: string;
  /** @param maxAgeMs how old the answer may be; throws when what it shows cannot be had. */
  readonly load: (maxAgeMs: number) => Promise<FileTree>;
}

export interface MountOptions {
  readonly mounts: readonly VolumeMount[];
  /** How old a mounted file may become. */
  readonly syncMs: number;
  readonly reportProblem: ReportProblem;
}

/** A container's view of its mounted volumes: as old as the kubelet's last refresh. */
export interface MountedFiles {
  /** @param path absolute, inside the container */
  read(path: string): string | undefined;
  /** Calls back after the kubelet swapped the files under `directory`; returns how to stop. */
  onSwap(directory: string, callback: () => void): () => void;
}

/** A pod's mounted files, refreshed in the background as the kubelet does. */
export interface PodFiles extends MountedFiles {
  /** Stops refreshing: the files grow stale. */
  freeze(): void;
  thaw(): void;
  unmount(): void;
}

/** Of the age that a file may reach, this share is the shared reader's, the rest the pod's own. */
const readerShare = 0.2;

/**
 * Mounts a pod's volumes. Each is loaded again once in `syncMs`, from a random moment on, and its
 * files are swapped all at once when anything changed.
 *
 * @throws when a volume cannot be loaded: the pod must wait.
 */
export async function mountPodFiles(options: MountOptions): Promise<PodFiles> {
  const { mounts, syncMs, reportProblem } = options;
  const trees = new Map<string, FileTree>();
  for (const { mountPath, load } of mounts) trees.set(mountPath, await load(0));
  const listeners = new Set<{ readonly directory: string; readonly callback: () => void }>();
  const periodMs = syncMs * (1 - readerShare);
  let frozen = false;
  let unmounted = false;
  let timer = setTimeout(sync, Math.random() * periodMs);

  async function refresh({ mountPath, load }: VolumeMount): Promise<void> {
    const tree = await load(syncMs * readerShare);
    if (frozen || unmounted || sameTree(tree, trees.get(mountPath))) return;
    trees.set(mountPath, tree);
    for (const { directory, callback } of [...listeners]) {
      if (directory === mountPath) callback();
    }
  }

  function sync(): void {
    const refreshes = frozen ? [] : mounts.map(refresh);
    // A failed refresh leaves the old files, as the kubelet does; the next one may succeed.
    void Promise.all(refreshes)
      .catch((error: unknown) => reportProblem('A volume was not refreshed', error))
      .finally(() => {
        if (!unmounted) timer = setTimeout(sync, periodMs);
      });
  }

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

function sameTree(left: FileTree, right: FileTree | undefined): boolean {
  if (right?.size !== left.size) return false;
  return [...left].every(([name, text]) => right.get(name) === text);
}
