import { stringify } from 'yaml';
import type { CertifiedKey } from './cluster-certificates.ts';

/** The path of a file whose token may be renewed. */
export type Credentials = CertifiedKey | { readonly tokenFile: string };

/** A kubeconfig with one cluster and one user. */
export function kubeConfigYaml(cluster: {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
  readonly user: string;
  readonly credentials: Credentials;
}): string {
  const { url, authority, user, credentials } = cluster;
  const name = 'real-cluster';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: user, user: userEntry(credentials) }],
    contexts: [{ name, context: { cluster: name, user } }],
  });
}

function userEntry(credentials: Credentials): object {
  if ('tokenFile' in credentials) return credentials;
  const { certificate, key } = credentials;
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
