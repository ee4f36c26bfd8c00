/** `certManager`: it is made in the cluster. `imported`: its owner makes it elsewhere and hands it in. */
export const sourceNames = ['certManager', 'imported'] as const;
export type Source = (typeof sourceNames)[number];

/** Where the certificates that a rotation brings in come from. */
export interface Sources {
  /** B. */
  readonly anchor: Source;
  /** Bx, which only the key of A can sign. */
  readonly bridge: Source;
}

export const defaultSources: Sources = { anchor: 'certManager', bridge: 'certManager' };

/** A request that says nothing of it was made where cert-manager makes everything. */
export interface Sourced {
  readonly sources?: Sources;
}

export function importsAnchor({ sources }: Sourced): boolean {
  return sources?.anchor === 'imported';
}

export function importsBridge({ sources }: Sourced): boolean {
  return sources?.bridge === 'imported';
}
