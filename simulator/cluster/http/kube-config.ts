import { stringify } from 'yaml';

/** A kubeconfig with the cluster's CA and a bearer token, which for the simulated API server is the user's name. */
export function kubeConfigYaml(cluster: { url: string; ca: string; user: string }): string {
  const { url, ca, user } = cluster;
  const authority = Buffer.from(ca).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'simulated',
    clusters: [
      { name: 'simulated', cluster: { server: url, 'certificate-authority-data': authority } },
    ],
    users: [{ name: user, user: { token: user } }],
    contexts: [{ name: 'simulated', context: { cluster: 'simulated', user } }],
  });
}
