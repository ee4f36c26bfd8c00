import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';

/** Registers a node, or takes over one of that name, and makes it schedulable. */
export async function registerNode(api: KubeApi, name: string, address: string): Promise<void> {
  try {
    await api.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      },
      spec: {},
    });
  } catch (error) {
    if (refusalStatus(error) !== 409) throw error;
  }
  await heartbeat(api, name, address);
  // The API server taints new nodes as not ready; nobody else may be there to lift that.
  await api.mergePatch(`/api/v1/nodes/${name}`, { spec: { taints: null } });
}

/** Says that the node is ready now, as the kubelet does every ten seconds. */
export async function heartbeat(api: KubeApi, name: string, address: string): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const room = { cpu: '64', memory: '256Gi', pods: '500' };
  await api.mergePatch(`/api/v1/nodes/${name}/status`, {
    status: {
      capacity: room,
      allocatable: room,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
    },
  });
}
