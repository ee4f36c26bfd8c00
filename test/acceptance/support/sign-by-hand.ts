import { createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { signCertificate } from '../../../simulator/cluster/cert-manager/signing.ts';
import { parseSigningRequest } from '../../../simulator/cluster/cert-manager/signing-requests.ts';
import type { Answer, OpenRequest } from './approver.ts';
import { secretOf } from './cluster-sights.ts';

/**
 * What the owner of an anchor answers to a request to cross-sign; both PEM. As `openssl x509 -req` makes it:
 * with a key identifier by SHA-1, where cert-manager, in Go, takes SHA-256.
 */
export async function crossSignElsewhere(
  csrPem: string,
  { pem, keyPem }: { readonly pem: string; readonly keyPem: string },
  lifetimeMs: number,
): Promise<string> {
  const { subjectName, publicKey } = new x509.Pkcs10CertificateRequest(csrPem);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subjectName,
    issuer: new x509.X509Certificate(pem).subjectName,
    publicKey,
    signingKey: createPrivateKey(keyPem).toCryptoKey(ecdsa, false, ['sign']),
    signingAlgorithm: ecdsa,
    notBefore: new Date(),
    notAfter: new Date(Date.now() + lifetimeMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const pair = z.object({ data: z.object({ 'tls.crt': z.string(), 'tls.key': z.string() }) });

/** What a CA issuer would answer a CA's request with that signs with this Secret of the trust namespace. */
export async function signWith(
  kube: Kube,
  { csr, usages = [] }: OpenRequest,
  { secretName, lifetimeMs }: { readonly secretName: string; readonly lifetimeMs: number },
): Promise<Answer> {
  const secret = await kube.get(secretOf(documentedObjects.trustNamespace, secretName), pair);
  if (secret === undefined) throw new Error(`Secret ${secretName} does not exist`);
  const ca = Buffer.from(secret.data['tls.crt'], 'base64').toString();
  const certificate = await signCertificate({
    csr: parseSigningRequest(csr),
    isCA: true,
    usages: [...usages],
    durationMs: lifetimeMs,
    issuer: new x509.X509Certificate(ca),
    signingKey: createPrivateKey(Buffer.from(secret.data['tls.key'], 'base64')),
  });
  return { certificate: `${certificate.toString('pem')}\n`, ca };
}
