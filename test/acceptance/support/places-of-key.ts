import { z } from 'zod';
import type { CertificateFacts } from '../../../domain/certificate.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { keyMatches } from '../../../mesh/x509.ts';

const secret = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  data: z.record(z.string(), z.string()).default({}),
});

const keyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?-----END [A-Z ]*PRIVATE KEY-----/g;
const base64Run = /[A-Za-z0-9+/]{64,}={0,2}/g;

/** Where in the Secrets of the trust namespace the private key of a certificate lies, in whatever wrapping. */
export async function placesOfKey(
  kube: Kube,
  certificate: CertificateFacts | undefined,
): Promise<readonly string[]> {
  if (certificate === undefined) throw new Error('there is no certificate to look for the key of');
  const namespace = documentedObjects.trustNamespace;
  const secrets = await kube.list(resources.secrets, secret, { namespace });
  return secrets.flatMap(({ metadata, data }) =>
    Object.entries({ ...metadata.annotations, ...data })
      .filter(([, text]) => keysIn(text).some((keyPem) => keyMatches(keyPem, certificate)))
      .map(([field]) => `Secret ${metadata.name}: ${field}`),
  );
}

function keysIn(text: string): readonly string[] {
  const decoded = (text.match(base64Run) ?? []).map((run) =>
    Buffer.from(run, 'base64').toString('utf8'),
  );
  return [text, ...decoded].flatMap((one) => one.match(keyBlock) ?? []);
}
