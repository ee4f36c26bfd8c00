import { createHash, randomUUID } from 'node:crypto';
import {
  proxyContainer,
  proxyInitContainer,
  proxyVolumes,
} from '../../../simulator/mesh/injector/proxy-template.ts';

export interface PaperPod {
  readonly namespace: string;
  readonly name: string;
  /** Label and service account: the workload that it would belong to. */
  readonly workload: string;
  readonly node: string;
  readonly address: string;
  /** What its proxy was started with, PEM. */
  readonly anchorsPem: string;
}

/** A pod of the size and shape that the injector makes, without anything that runs it. */
export function podManifest(pod: PaperPod): object {
  const { namespace, name, workload, anchorsPem } = pod;
  const proxy = proxyContainer({
    anchors: { pem: anchorsPem },
    nativeSidecar: true,
    inboundPorts: [8080],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      labels: {
        app: workload,
        'linkerd.io/control-plane-ns': 'linkerd',
        'linkerd.io/proxy-deployment': workload,
        'linkerd.io/workload-ns': namespace,
      },
      annotations: {
        'linkerd.io/created-by': 'linkerd/proxy-injector edge-26.8.3',
        'linkerd.io/inject': 'enabled',
        'linkerd.io/proxy-version': 'edge-26.8.3',
        'linkerd.io/trust-root-sha256': createHash('sha256').update(anchorsPem).digest('hex'),
      },
    },
    spec: {
      nodeName: pod.node,
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      initContainers: [proxyInitContainer(), proxy],
      containers: [{ name: 'app', image: 'example/app:1.0', ports: [{ containerPort: 8080 }] }],
      volumes: proxyVolumes,
    },
  };
}

/** The status of a pod whose containers run and are ready. */
export function podStatus({ address }: PaperPod): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const running = (name: string): object => ({
    name,
    image: 'example/image:1.0',
    imageID: '',
    ready: true,
    started: true,
    restartCount: 0,
    containerID: containerId(),
    state: { running: { startedAt: now } },
  });
  return {
    phase: 'Running',
    startTime: now,
    hostIP: '127.0.0.1',
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'].map(
      (type) => ({ type, status: 'True', lastTransitionTime: now }),
    ),
    initContainerStatuses: [running('linkerd-init'), running('linkerd-proxy')],
    containerStatuses: [running('app')],
  };
}

/** Each process has its own, as evidence is kept by it. */
export function containerId(): string {
  return `containerd://${createHash('sha256').update(randomUUID()).digest('hex')}`;
}
