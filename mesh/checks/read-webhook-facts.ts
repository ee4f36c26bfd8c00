import type { WebhookFacts } from '../../domain/checks/facts.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { readTlsSecret, secretRef } from '../tls-secret.ts';
import { find } from './find.ts';

/** The control plane's own webhooks (linkerd2 `pkg/healthcheck`). */
const services = ['linkerd-proxy-injector', 'linkerd-sp-validator', 'linkerd-policy-validator'];

/** The certificates of Linkerd's webhooks. The Secret is read as `linkerd check` reads it. */
export function readWebhookFacts(
  kube: Kube,
  { linkerdNamespace }: MeshObjects,
): Promise<WebhookFacts[]> {
  return Promise.all(
    services.map(async (service) => ({
      service,
      certificate: await find(async () => {
        const secret = await readTlsSecret(kube, secretRef(linkerdNamespace, `${service}-k8s-tls`));
        return secret?.certificate;
      }),
    })),
  );
}
