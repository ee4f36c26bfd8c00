import { z } from 'zod';

import { createServerCertificate } from '../../server-certificate.ts';
import { applyObject } from '../kube/apply-object.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';
import { controlPlaneNamespace } from '../linkerd-names.ts';

const secretName = 'linkerd-proxy-injector-k8s-tls';
const secretObject = z.object({ data: z.object({ 'ca.crt': z.string() }) });

/**
 * Makes the injector's own certificate, a trust chain apart from the mesh's, unless it is there. It
 * also names 127.0.0.1, for API servers that call the webhook by URL.
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
  const dnsName = `linkerd-proxy-injector.${controlPlaneNamespace}.svc`;
  const { ca, certificate, key } = await createServerCertificate('127.0.0.1', dnsName);
  await applyObject(api, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: controlPlaneNamespace },
    type: 'kubernetes.io/tls',
    data: { 'ca.crt': base64(ca), 'tls.crt': base64(certificate), 'tls.key': base64(key) },
  });
  return base64(ca);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
