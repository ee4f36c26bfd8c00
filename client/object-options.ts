import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import { documentedObjects } from '../domain/objects.ts';
import { defined } from '../mesh/resource/object-names.ts';

const objectOptions = z
  .object({
    linkerdNamespace: z.string(),
    trustNamespace: z.string(),
    trustAnchor: z.string(),
    previousAnchor: z.string(),
    identityIssuer: z.string(),
    clusterIssuer: z.string(),
    bundle: z.string(),
    bundleKey: z.string(),
    bridge: z.string(),
    probe: z.string(),
    nextAnchor: z.string(),
    bridgeRequest: z.string(),
    lease: z.string(),
    bundleOwnership: z.enum(['trust-manager', 'direct']),
  })
  .partial();

const flags = [
  ['--trust-namespace', 'namespace of the anchors and of cert-manager', 'trustNamespace'],
  ['--trust-anchor', 'Certificate and Secret of the anchor', 'trustAnchor'],
  ['--previous-anchor', 'Secret of the anchor before', 'previousAnchor'],
  ['--identity-issuer', 'Certificate and Secret of the identity issuer', 'identityIssuer'],
  ['--cluster-issuer', 'ClusterIssuer that signs the identity issuer', 'clusterIssuer'],
  ['--bundle', 'Bundle and ConfigMap of the anchors', 'bundle'],
  ['--bundle-key', 'key of the anchors in that ConfigMap', 'bundleKey'],
  ['--bridge', 'Secret of the bridge', 'bridge'],
  ['--probe', 'Secret of the probe that is kept for the final proof', 'probe'],
  ['--next-anchor', 'Secret in which an imported anchor is handed in', 'nextAnchor'],
  ['--bridge-request', 'ConfigMap with the request for an imported bridge', 'bridgeRequest'],
  ['--lease', 'Lease that keeps a second engine out', 'lease'],
] as const;

/** For an installation whose objects bear other names than those of Linkerd's guide. */
export function addObjectOptions(command: Command): Command {
  for (const [flag, description, key] of flags) {
    command.option(`${flag} <name>`, description, documentedObjects[key]);
  }
  return command.addOption(
    new Option('--bundle-ownership <who>', 'who writes the ConfigMap of the anchors')
      .choices(['trust-manager', 'direct'])
      .default('trust-manager'),
  );
}

/** The names in `base` but for those that a flag gives. */
export function objectsOf(command: Command, base = documentedObjects): MeshObjects {
  const { bundleOwnership, ...names } = defined(objectOptions.parse(givenOf(command)));
  const { bundleOwnership: known, ...knownNames } = base;
  const owner = bundleOwnership ?? known;
  return {
    ...knownNames,
    ...names,
    // As every rotation leaves it out that has a Bundle.
    ...(owner === 'direct' ? { bundleOwnership: owner } : {}),
  };
}

/** The options that somebody has written, without those that are at their defaults. */
export function givenOf(command: Command): Readonly<Record<string, unknown>> {
  const options: Readonly<Record<string, unknown>> = command.optsWithGlobals();
  const given = Object.entries(options).filter(
    ([key]) => command.getOptionValueSourceWithGlobals(key) !== 'default',
  );
  return Object.fromEntries(given);
}
