import type { ManifestObject } from './kube/apply-object.ts';
import { applyObject } from './kube/apply-object.ts';
import { connectKubeApi } from './kube/kube-api.ts';
import { Annotation } from './linkerd-names.ts';

/** One application workload of the mesh. */
export interface AppSpec {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  /** Default 1; a DaemonSet has one pod a node. */
  readonly replicas?: number;
}

/**
 * Installs application workloads, each with a service account of its own, in namespaces whose pods
 * are injected.
 *
 * @throws when the API refuses an object.
 */
export async function installApps(kubeConfigYaml: string, apps: readonly AppSpec[]): Promise<void> {
  const api = await connectKubeApi(kubeConfigYaml);
  try {
    for (const namespace of new Set(apps.map((app) => app.namespace))) {
      await applyObject(api, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, annotations: { [Annotation.Inject]: 'enabled' } },
      });
    }
    for (const app of apps) {
      await applyObject(api, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: app.name, namespace: app.namespace },
      });
      await applyObject(api, workload(app));
    }
  } finally {
    await api.close();
  }
}

function workload({ kind, namespace, name, replicas = 1 }: AppSpec): ManifestObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          containers: [{ name: 'app', image: 'example/app:1.0', ports: [{ containerPort: 8080 }] }],
        },
      },
    },
  };
}
