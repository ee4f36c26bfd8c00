import type { Laggard } from '../domain/convergence.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { BundleSecret } from './bundle-sources.ts';
import type { BundleTarget } from './bundle-target.ts';
import type { InstalledComponents } from './cert-manager.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { LabelSelector } from './label-selector.ts';

/** The bundle as it lies in the cluster, whoever writes it. */
export interface BundleState {
  /** Absent: there is no Bundle, or trust-manager is not installed. */
  readonly bundle?: {
    /** Synced at its present generation. Says nothing about content: only the targets do. */
    readonly synced: boolean;
    readonly detail: string;
    /** The Secrets that it takes certificates from. */
    readonly sourceSecrets?: readonly BundleSecret[];
    readonly namespaceSelector?: LabelSelector;
  };
  readonly targets: readonly BundleTarget[];
  /** Namespaces that it belongs in and that hold no target, the control plane's included. */
  readonly missingIn: readonly string[];
}

/** Who sees to it that the bundle holds what the anchor Secrets hold. */
export interface BundleKeeper {
  readonly read: (kube: Kube, objects: MeshObjects) => Promise<BundleState>;
  /** What keeps the bundle from following a rotation, and what no wait will cure. */
  readonly obstacles: (
    found: Pick<InstalledComponents, 'trustManager'> & { readonly bundle: BundleState },
    objects: MeshObjects,
  ) => readonly Laggard[];
  /** Why the control plane has no bundle, and what to do; whole clauses without a final dot. */
  readonly whenMissing: (
    state: BundleState,
    objects: MeshObjects,
  ) => { readonly happened: string; readonly nextStep: string };
  /** What helps where the bundle is not as wanted; left out: what helps with a Bundle. */
  readonly remedy?: (objects: MeshObjects) => string;
  /** Makes it hold exactly these anchors, canonical; left out: the keeper follows the Secrets by itself. */
  readonly write?: (kube: Kube, objects: MeshObjects, pems: readonly string[]) => Promise<void>;
  /** Throws what `write` would throw on account of other hands; left out with it. */
  readonly requireWritable?: (kube: Kube, objects: MeshObjects) => Promise<void>;
}
