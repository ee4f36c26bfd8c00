import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Bench } from './bench.ts';
import { stateTimeoutMs } from './patience.ts';
import { lookAtCluster, secretOf } from './cluster-sights.ts';

/** What people do to the objects that trust-manager makes the bundle of. */

const { trustNamespace, linkerdNamespace } = documentedObjects;

const secretContent = z.object({
  type: z.string(),
  data: z.record(z.string(), z.string()),
  metadata: z.object({
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/**
 * `kubectl delete secret` in the trust namespace.
 * @returns `kubectl apply` of what it was
 */
export async function deleteSecret({ kube }: Bench, name: string): Promise<() => Promise<void>> {
  const ref = secretOf(trustNamespace, name);
  const content = await kube.get(ref, secretContent);
  if (content === undefined) throw new Error(`Secret ${name} does not exist`);
  await kube.delete(ref);
  return async () => {
    await kube.create(ref, content);
  };
}

/**
 * The Secret in the trust namespace as somebody has it who keeps keys elsewhere.
 * @returns the pair as its owner keeps it, PEM
 */
export async function keepCertificateOnly(
  bench: Bench,
  name: string,
): Promise<{ readonly pem: string; readonly keyPem: string }> {
  const ref = secretOf(trustNamespace, name);
  const content = await bench.kube.get(ref, secretContent);
  await bench.kube.delete(ref);
  await bench.kube.create(ref, {
    type: 'Opaque',
    data: { 'tls.crt': content?.data['tls.crt'] ?? '' },
  });
  const text = (field: string): string =>
    Buffer.from(content?.data[field] ?? '', 'base64').toString('utf8');
  return { pem: text('tls.crt'), keyPem: text('tls.key') };
}

/** Sets the label by which the Bundle selects the control plane's namespace; `null` removes it. */
export async function setBundleLabel({ kube }: Bench, value: 'true' | null): Promise<void> {
  const ref = { type: resources.namespaces, name: linkerdNamespace };
  const labels = { 'linkerd.io/is-control-plane': value };
  await kube.patch(ref, { metadata: { labels } }, 'merge');
  const { bundle: name } = documentedObjects;
  const roots = { type: resources.configMaps, namespace: linkerdNamespace, name };
  await waitFor(
    async () => ((await kube.get(roots, z.object({}))) !== undefined) === (value !== null),
    { what: 'trust-manager to follow the label', timeoutMs: stateTimeoutMs },
  );
}

export async function untilAnchorIsAnother({ kube }: Bench, fingerprint: string): Promise<void> {
  await waitFor(async () => !(await lookAtCluster(kube)).trustAnchor.includes(fingerprint), {
    what: 'cert-manager to issue another anchor',
    timeoutMs: stateTimeoutMs,
  });
}
