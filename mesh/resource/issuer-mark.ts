import { z } from 'zod';
import type { MeshObjects } from '../../domain/objects.ts';
import type { IssuerMark } from '../../domain/resource/issuer-renewal.ts';
import { certificateRef, isIssuing, readCertificate } from '../certificates.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { secretRef } from '../tls-secret.ts';
import { parseChain } from '../x509.ts';

const secretObject = z.object({
  metadata: z.object({ uid: z.string() }),
  data: z.object({ 'tls.crt': z.string() }),
});

/** `undefined` while a renewal is under way or its Secret is missing: then nothing agrees yet. */
export async function readIssuerMark(
  kube: Kube,
  { linkerdNamespace: namespace, identityIssuer: name }: MeshObjects,
): Promise<IssuerMark | undefined> {
  const state = await readCertificate(kube, certificateRef(namespace, name));
  const secret = await kube.get(secretRef(namespace, state.secretName), secretObject);
  if (secret === undefined || isIssuing(state)) return undefined;
  const pem = Buffer.from(secret.data['tls.crt'], 'base64').toString('utf8');
  const [certificate] = await parseChain(pem);
  if (certificate === undefined) return undefined;
  const { revision, generation, renewalTime } = state;
  return {
    revision,
    generation,
    ...(renewalTime === undefined ? {} : { renewalTime }),
    secretUid: secret.metadata.uid,
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore,
  };
}
