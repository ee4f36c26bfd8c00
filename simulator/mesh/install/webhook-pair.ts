import 'reflect-metadata';

import { KeyObject, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';
import { z } from 'zod';

import { applyObject } from '../kube/apply-object.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';
import { controlPlaneNamespace } from '../linkerd-names.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const lifetimeMs = 365 * 24 * 3_600_000;
const secretName = 'linkerd-proxy-injector-k8s-tls';
const secretObject = z.object({ data: z.object({ 'ca.crt': z.string() }) });

/**
 * Makes the injector's own certificate, a trust chain apart from the mesh's, unless it is there.
 *
 * @returns the CA for the webhook configuration, base64 of the PEM
 */
export async function ensureWebhookPair(api: KubeApi): Promise<string> {
  const path = `/api/v1/namespaces/${controlPlaneNamespace}/secrets/${secretName}`;
  try {
    return secretObject.parse(await api.get(path)).data['ca.crt'];
  } catch (error) {
    if (refusalStatus(error) !== 404) throw error;
  }
  const data = await makePair(`linkerd-proxy-injector.${controlPlaneNamespace}.svc`);
  await applyObject(api, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: controlPlaneNamespace },
    type: 'kubernetes.io/tls',
    data,
  });
  return data['ca.crt'];
}

async function makePair(
  dnsName: string,
): Promise<{ 'ca.crt': string; 'tls.crt': string; 'tls.key': string }> {
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const common = {
    issuer: 'CN=linkerd-proxy-injector-ca',
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + lifetimeMs),
  };
  const ca = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: '01',
    subject: common.issuer,
    publicKey: caKeys.publicKey,
    extensions: [new x509.BasicConstraintsExtension(true)],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: '02',
    subject: `CN=${dnsName}`,
    publicKey: keys.publicKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: dnsName },
        // For an API server that calls the webhook by URL.
        { type: 'ip', value: '127.0.0.1' },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    'ca.crt': base64(ca.toString('pem')),
    'tls.crt': base64(leaf.toString('pem')),
    'tls.key': base64(key),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
