import type { Kube } from '../kubernetes/kube.ts';
import { requireGoDuration } from '../../domain/go-duration.ts';
import { identityKind, listReplicas } from './replicas.ts';

const lifetimeArgument = '-identity-issuance-lifetime=';

/**
 * How long leaves live, in milliseconds: as identity is really told; what the chart was installed with
 * (`configured`) where no replica says it.
 */
export async function readLeafLifetimeMs(
  kube: Kube,
  namespace: string,
  configured: string,
): Promise<number> {
  const replicas = await listReplicas(kube, namespace, identityKind);
  const told = replicas
    .flatMap(({ args }) => args)
    // Go's flag package takes one dash or two.
    .map((argument) => argument.replace(/^--/, '-'))
    .filter((argument) => argument.startsWith(lifetimeArgument))
    .map((argument) => requireGoDuration(argument.slice(lifetimeArgument.length)));
  return told.length === 0 ? requireGoDuration(configured) : Math.max(...told);
}
