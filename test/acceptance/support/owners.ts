import { documentedObjects } from '../../../domain/objects.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
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
  { pem, keyPem }: Pick<MadeCertificate, 'pem' | 'keyPem'>,
): Promise<void> {
  const ref = secretOf(trustNamespace, nextAnchor);
  await kube.delete(ref);
  const data = { 'tls.crt': base64(pem), 'tls.key': base64(keyPem) };
  await kube.create(ref, { type: 'kubernetes.io/tls', data });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
