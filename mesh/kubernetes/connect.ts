import { whyNeeded } from '../rights.ts';
import { createKube } from './create-kube.ts';
import { doubtDenials } from './denials.ts';
import type { KubeConfigSource } from './kube-config.ts';
import { loadKubeConfig } from './kube-config.ts';
import type { Kube } from './kube.ts';
import { openPortForward } from './port-forward.ts';
import { createTransport } from './transport.ts';

export interface ConnectOptions extends KubeConfigSource {
  /** Deadline of each single request. */
  readonly requestTimeoutMs: number;
  /** Asked at each request; an aborted signal ends it with the signal's own reason. */
  readonly signal?: (() => AbortSignal | undefined) | undefined;
}

/**
 * Opens access to one cluster. Nothing is sent yet.
 * @throws ClusterError when there is no usable kubeconfig or context; it lists the contexts that exist.
 */
export function connectCluster(options: ConnectOptions): Promise<Kube> {
  return Promise.resolve().then(() => {
    const config = loadKubeConfig(options);
    const { requestTimeoutMs, signal } = options;
    const transport = createTransport(config, { requestTimeoutMs, signal, why: whyNeeded });
    return createKube({
      transport: doubtDenials(transport),
      portForward: (target) => openPortForward(config, target, { timeoutMs: requestTimeoutMs }),
    });
  });
}
