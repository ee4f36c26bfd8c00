import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import { documentedObjects } from '../domain/objects.ts';

const objectOptions = z.object({
  linkerdNamespace: z.string(),
  trustNamespace: z.string(),
  trustAnchor: z.string(),
  previousAnchor: z.string(),
  identityIssuer: z.string(),
  clusterIssuer: z.string(),
  bundle: z.string(),
  bridge: z.string(),
  probe: z.string(),
  nextAnchor: z.string(),
  bridgeRequest: z.string(),
  lease: z.string(),
  bundleOwnership: z.enum(['trust-manager', 'direct']),
});

const flags = [
  ['--trust-namespace', 'namespace of the anchors and of cert-manager', 'trustNamespace'],
  ['--trust-anchor', 'Certificate and Secret of the anchor', 'trustAnchor'],
  ['--previous-anchor', 'Secret of the anchor before', 'previousAnchor'],
  ['--identity-issuer', 'Certificate and Secret of the identity issuer', 'identityIssuer'],
  ['--cluster-issuer', 'ClusterIssuer that signs the identity issuer', 'clusterIssuer'],
  ['--bundle', 'Bundle and ConfigMap of the anchors', 'bundle'],
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

export function objectsOf(command: Command): MeshObjects {
  const { bundleOwnership, ...names } = objectOptions.parse(command.optsWithGlobals());
  return {
    ...documentedObjects,
    ...names,
    // As every rotation leaves it out that has a Bundle.
    ...(bundleOwnership === 'direct' ? { bundleOwnership } : {}),
  };
}
