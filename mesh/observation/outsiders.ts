import { z } from 'zod';
import type { Outsider } from '../../domain/survey.ts';
import { workloadName } from '../../domain/survey.ts';
import { NotFoundError } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { ResourceType } from '../kubernetes/resources.ts';
import { resources } from '../kubernetes/resources.ts';
import type { ProxyContainer } from './proxies.ts';

const named = z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) });

/** Versions that have been served, newest first: an older Linkerd serves only an older one. */
const kinds: readonly { readonly type: ResourceType; readonly versions: readonly string[] }[] = [
  { type: resources.links, versions: ['v1alpha3', 'v1alpha2', 'v1alpha1'] },
  { type: resources.externalWorkloads, versions: ['v1beta1', 'v1alpha1'] },
];

/** Declared members of the mesh that nobody can ask from inside: linked clusters, machines outside. */
export async function listOutsiders(kube: Kube): Promise<Outsider[]> {
  const lists = await Promise.all(kinds.map((kind) => listKind(kube, kind)));
  return lists.flat();
}

async function listKind(
  kube: Kube,
  { type, versions }: (typeof kinds)[number],
): Promise<Outsider[]> {
  for (const version of versions) {
    try {
      const found = await kube.list({ ...type, version }, named, { metadataOnly: true });
      return found.map(({ metadata }) => ({ kind: type.kind, ...metadata }));
    } catch (error) {
      // Not this version; without any, the extension that has such members is not installed.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return [];
}

/** Who comes in there is a proxy of another cluster, which verifies this mesh: each gateway once. */
export function gatewaysAmong(proxies: readonly ProxyContainer[]): readonly Outsider[] {
  const gateways = proxies
    .filter(({ isGateway }) => isGateway === true)
    .map(({ workload: { namespace, name } }) => ({ kind: 'Gateway', namespace, name }));
  return [...new Map(gateways.map((one) => [workloadName(one), one])).values()];
}
