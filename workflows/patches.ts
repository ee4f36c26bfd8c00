/**
 * Changes of workflow code that running rotations must survive, by `patched(id)`. Each entry names the
 * release that made it and the one that may remove it.
 *
 * There is none yet: no release has started a rotation.
 */
export type PatchId = never;
