/** Which modules of npm and of Node a layer may import. */
export type PackagePolicy =
  { readonly only: readonly string[] } | { readonly anyBut: readonly RegExp[] };

/** One folder of the repository and where its imports may lead. */
export interface Layer {
  /** Folder relative to the repository root. */
  readonly folder: string;
  /** Folders it may import from, besides itself. */
  readonly imports: readonly string[];
  /** Folders it may take types from with `import type`: erased before anything runs. */
  readonly importsTypes?: readonly string[];
  readonly packages: PackagePolicy;
  /** Printed with every violation, so that the reader need not look for the reason. */
  readonly reason: string;
}

const anyPackage: PackagePolicy = { anyBut: [] };
const temporalPackages = /^@temporalio\//;

/**
 * The import direction of the repository, as code; `docs/architecture.md` draws it.
 * A more specific folder stands before the one that contains it.
 */
export const layers: readonly Layer[] = [
  {
    folder: 'domain',
    imports: [],
    packages: { only: [] },
    reason:
      'domain/ decides and does nothing else: no I/O, no packages, so that it runs in the workflow sandbox and is tested without one',
  },
  {
    folder: 'mesh',
    imports: ['domain'],
    packages: { anyBut: [temporalPackages] },
    reason:
      'mesh/ is what is done to a cluster: it is used by commands that need no Temporal and knows nothing of who asks',
  },
  {
    folder: 'activities',
    imports: ['mesh', 'domain'],
    packages: { anyBut: [/^@temporalio\/(workflow|worker|testing)(\/|$)/] },
    reason: 'activities/ offers observations and effects; workflows decide when to ask for them',
  },
  {
    folder: 'workflows',
    imports: ['domain'],
    importsTypes: ['activities'],
    packages: { only: ['@temporalio/workflow', '@temporalio/common'] },
    reason:
      'workflow code is bundled into a sandbox without I/O and must replay: it takes decisions from domain/ and only types from activities/',
  },
  {
    folder: 'worker',
    imports: ['workflows', 'activities', 'mesh', 'domain'],
    packages: anyPackage,
    reason:
      'worker/ is a process of its own: it shares nothing with client/ and knows no simulator',
  },
  {
    folder: 'client',
    imports: ['workflows', 'activities', 'mesh', 'domain'],
    packages: anyPackage,
    reason:
      'client/ is a process of its own: it shares nothing with worker/ and knows no simulator',
  },
  {
    folder: 'simulator',
    imports: ['domain'],
    packages: { anyBut: [temporalPackages] },
    reason:
      'the simulator stands for a cluster: sharing code with mesh/ would let one mistake hide on both sides',
  },
  {
    folder: 'deploy/local',
    imports: [
      'client',
      'worker',
      'workflows',
      'activities',
      'mesh',
      'domain',
      'simulator',
      'test/real-cluster',
    ],
    packages: anyPackage,
    reason: 'deploy/local/ wires everything together for the demo; only tests may import it',
  },
  {
    folder: 'deploy/generate',
    imports: ['worker', 'mesh', 'domain'],
    packages: anyPackage,
    reason:
      'deploy/generate/ writes what charts and documents say about the product from its sources',
  },
  {
    folder: 'deploy',
    imports: [],
    packages: anyPackage,
    reason:
      'deploy/ describes installations; code that runs the product stands in worker/ and client/',
  },
  {
    folder: 'lint',
    imports: [],
    packages: anyPackage,
    reason: 'lint/ is about the source text and imports none of it',
  },
];

/** The layer that `file` (relative to the root, with `/`) belongs to; tests and root files have none. */
export function layerOf(file: string): Layer | undefined {
  return layers.find(({ folder }) => isInside(file, folder));
}

/** Whether `file` lies in `folder`; both relative to the root, with `/`. */
export function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** Whether `policy` lets `specifier`, as written in the import, through. */
export function allowsPackage(policy: PackagePolicy, specifier: string): boolean {
  if ('only' in policy) return policy.only.includes(specifier);
  return !policy.anyBut.some((pattern) => pattern.test(specifier));
}
