import { documentedObjects } from '../../../domain/objects.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { MadeCertificate, OffClusterAnchor } from '../../support/certificates.ts';
import { offClusterSecret, tlsSecret } from '../../support/tls-secret.ts';
import type { Bench } from './bench.ts';
import { anchorCertificate } from './by-hand.ts';
import { secretOf } from './cluster-sights.ts';

/** What owners do who make anchors elsewhere. */

const { trustNamespace, nextAnchor } = documentedObjects;

/** `kubectl delete certificate`: its Secret stays. */
export async function deleteAnchorCertificate({ kube }: Bench): Promise<void> {
  await kube.delete(anchorCertificate);
}

/** `kubectl create secret tls linkerd-next-anchor`, in place of what lay there. */
export async function handInAnchor(
  { kube }: Bench,
  pair: Pick<MadeCertificate, 'pem' | 'keyPem'>,
): Promise<void> {
  const ref = secretOf(trustNamespace, nextAnchor);
  await kube.delete(ref);
  await kube.create(ref, tlsSecret(pair));
}

/**
 * `kubectl create secret generic linkerd-next-anchor --type kubernetes.io/tls --from-file ca.crt=…`: the
 * root without its key, and the pair of the CA under it.
 */
export async function handInOffCluster({ kube }: Bench, anchor: OffClusterAnchor): Promise<void> {
  await kube.create(secretOf(trustNamespace, nextAnchor), offClusterSecret(anchor));
}

/** `kubectl patch bundle`: it takes the anchors, not what signs for them. */
export async function takeRootsIntoBundle({ kube }: Bench): Promise<void> {
  const { trustAnchor, previousAnchor, bundle: name } = documentedObjects;
  const sources = [trustAnchor, previousAnchor].map((secret) => ({
    secret: { name: secret, key: 'ca.crt' },
  }));
  await kube.patch({ type: resources.bundles, name }, { spec: { sources } }, 'merge');
}
