import type { Fault, FaultRequest, Pausable } from '../../simulator/cluster/cluster-options.ts';

/** What the API server says of cert-manager's webhook while its pods are down. */
const message =
  'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s": dial tcp: connect: connection refused';
const body = JSON.stringify({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  reason: 'InternalError',
  code: 500,
});

/** cert-manager's webhook judges every object of cert-manager that is written, statuses included. */
export class WebhookOutage implements Pausable {
  #isDown = false;

  pause(): void {
    this.#isDown = true;
  }

  resume(): void {
    this.#isDown = false;
  }

  /** For the simulated API server: what it answers while the webhook is down. */
  faultFor({ method, path }: FaultRequest): Fault | undefined {
    const isJudged = ['POST', 'PUT', 'PATCH'].includes(method) && path.includes('cert-manager.io/');
    if (!this.#isDown || !isJudged) return undefined;
    return { status: 500, headers: { 'content-type': 'application/json' }, body };
  }
}
