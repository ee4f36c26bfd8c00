/** How the simulated nodes behave in time. All in milliseconds. */
export interface NodeSettings {
  /** How old a mounted ConfigMap or Secret may become; about a minute in a real kubelet. */
  readonly kubeletSyncMs: number;
  /** How long a terminating pod goes on serving. */
  readonly drainMs: number;
  /** Floor between two leaf requests of a proxy; 10 s in Linkerd. */
  readonly minRefreshMs: number;
  /** A `linkerd2-proxy` program to run as each pod's proxy, instead of the simulated one. */
  readonly proxyBinary?: string;
}
