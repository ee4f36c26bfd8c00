/** A container's view of its mounted ConfigMaps and Secrets: as old as the kubelet's last refresh. */
export interface MountedFiles {
  /** @param path absolute, inside the container */
  read(path: string): string | undefined;
  /** Calls back after the kubelet swapped the files under `directory`; returns how to stop. */
  onSwap(directory: string, callback: () => void): () => void;
}
