import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';
import { timestamp } from './container-runtime.ts';

/** How long a node counts as alive after a heartbeat, as the kubelet says. */
const leaseSeconds = 40;

/** Registers a node that is ready, or takes over one of that name, and makes it schedulable. */
export async function registerNode(api: KubeApi, name: string, address: string): Promise<void> {
  const status = nodeStatus(name, address);
  try {
    await api.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      },
      spec: {},
      status,
    });
  } catch (error) {
    if (refusalStatus(error) !== 409) throw error;
    await api.mergePatch(`/api/v1/nodes/${name}/status`, { status });
  }
  // The API server taints new nodes as not ready, and the node lifecycle controller may not run.
  await api.mergePatch(`/api/v1/nodes/${name}`, { spec: { taints: null } });
  await renewLease(api, name);
}

/** The heartbeat of a node: its Lease bears its clock, which others compare with the API server's. */
export async function renewLease(api: KubeApi, name: string): Promise<void> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  // Kubernetes' MicroTime has six digits.
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime };
  try {
    await api.mergePatch(`${path}/${name}`, { spec });
  } catch (error) {
    if (refusalStatus(error) !== 404) throw error;
    await api.create(path, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec,
    });
  }
}

function nodeStatus(name: string, address: string): Record<string, unknown> {
  const now = timestamp();
  const room = { cpu: '64', memory: '256Gi', pods: '500' };
  return {
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
        message: 'the simulated kubelet is posting ready status',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
  };
}
