import type { ControlPlaneOptions } from './install/control-plane-objects.ts';
import {
  controlPlaneObjects,
  injectorWebhook,
  linkerdConfig,
} from './install/control-plane-objects.ts';
import { ensureWebhookPair } from './install/webhook-pair.ts';
import { applyObject, ensureObject } from './kube/apply-object.ts';
import { connectKubeApi } from './kube/kube-api.ts';
import { controlPlaneNamespace, Label } from './linkerd-names.ts';

export interface InstallLinkerdOptions extends Partial<Omit<ControlPlaneOptions, 'webhookUrl'>> {
  readonly kubeConfigYaml: string;
  readonly webhookUrl: ControlPlaneOptions['webhookUrl'];
}

/**
 * Installs Linkerd's control plane with an external CA: its pods start once the trust roots ConfigMap
 * and the issuer Secret are there. By default 2 replicas, leaves of 30 s, a skew allowance of 2 s and
 * the webhook's `failurePolicy: Fail`. Installing again merges into what is there.
 *
 * @throws when the API refuses an object.
 */
export async function installLinkerd(options: InstallLinkerdOptions): Promise<void> {
  const { kubeConfigYaml, ...given } = options;
  const settings: ControlPlaneOptions = {
    replicas: 2,
    leafLifetimeMs: 30_000,
    clockSkewMs: 2_000,
    failurePolicy: 'Fail',
    ...given,
  };
  const api = await connectKubeApi(kubeConfigYaml);
  try {
    await applyObject(api, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: controlPlaneNamespace,
        labels: {
          // What the trust-manager Bundle of Linkerd's guide selects by.
          'linkerd.io/is-control-plane': 'true',
          'linkerd.io/control-plane-ns': controlPlaneNamespace,
          [Label.WebhooksDisabled]: 'disabled',
        },
        annotations: { 'linkerd.io/inject': 'disabled' },
      },
    });
    // Whoever set up the trust roots may have told more about this installation already.
    await ensureObject(api, linkerdConfig());
    const caBundle = await ensureWebhookPair(api);
    for (const object of controlPlaneObjects(settings)) await applyObject(api, object);
    await applyObject(api, injectorWebhook(caBundle, settings));
  } finally {
    await api.close();
  }
}
