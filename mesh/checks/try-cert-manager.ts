import type { MeshObjects } from '../../domain/objects.ts';
import { tryRequest } from '../certificate-requests.ts';
import { createSigningRequest } from '../certificate-signing-request.ts';
import type { Kube } from '../kubernetes/kube.ts';

const name = 'linkerd-trust-check';

/**
 * Has the API server and cert-manager's webhook judge a request without creating it, as
 * `cmctl check api` does: while the webhook is down, no renewal can be asked for.
 * @throws KubernetesError
 */
export async function tryCertManager(kube: Kube, objects: MeshObjects): Promise<true> {
  const { csrPem } = await createSigningRequest({ commonName: `${name}.invalid` });
  await tryRequest(kube, {
    namespace: objects.trustNamespace,
    name,
    csrPem,
    isCa: false,
    usages: ['digital signature'],
    durationMs: 3_600_000,
    issuerRef: { name: objects.clusterIssuer, kind: 'ClusterIssuer' },
  });
  return true;
}
