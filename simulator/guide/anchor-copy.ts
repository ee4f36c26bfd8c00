import { z } from 'zod';
import type { ManifestObject } from '../mesh/kube/apply-object.ts';
import { trustNamespace } from './guide-objects.ts';

const secretToCopy = z.object({
  type: z.string(),
  data: z.record(z.string(), z.string()),
  metadata: z.object({
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/**
 * What comes of `kubectl get secret linkerd-trust-anchor -o yaml |
 * sed -e s/linkerd-trust-anchor/linkerd-previous-anchor/ | egrep -v 'resourceVersion|uid' | kubectl apply -f -`:
 * the pair, cert-manager's marks under the new name, and both once more in kubectl's annotation.
 *
 * @param anchor the Secret of the anchor as the API serves it
 */
export function anchorCopy(anchor: unknown): ManifestObject {
  const { type, data, metadata } = secretToCopy.parse(anchor);
  const renamed = JSON.stringify(metadata).replaceAll(
    'linkerd-trust-anchor',
    'linkerd-previous-anchor',
  );
  const { labels, annotations = {} } = secretToCopy.shape.metadata.parse(JSON.parse(renamed));
  return asApplied({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'linkerd-previous-anchor',
      namespace: trustNamespace,
      annotations,
      ...(labels && { labels }),
    },
    type,
    data,
  });
}

/** `kubectl apply` keeps the text of what it was given beside it, a private key included. */
function asApplied(object: ManifestObject): ManifestObject {
  const { metadata } = object;
  const given = `${JSON.stringify(object)}\n`;
  const annotations = {
    ...metadata.annotations,
    'kubectl.kubernetes.io/last-applied-configuration': given,
  };
  return { ...object, metadata: { ...metadata, annotations } };
}
