import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ManifestObject } from '../mesh/kube/apply-object.ts';
import { collectionPath, ensureObject } from '../mesh/kube/apply-object.ts';
import type { KubeApi } from '../mesh/kube/kube-api.ts';
import { connectKubeApi, refusalStatus } from '../mesh/kube/kube-api.ts';
import { anchorCopy } from './anchor-copy.ts';
import type { TrustPkiOptions } from './guide-objects.ts';
import {
  anchorFromElsewhere,
  bundle,
  bundleByHand,
  bundleTarget,
  certManagerAccess,
  identityIssuer,
  linkerdConfig,
  namespaces,
  trustAnchor,
  trustNamespace,
} from './guide-objects.ts';

const pollMs = 20;

const withConditions = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});

const withCertificate = z.object({ data: z.object({ 'tls.crt': z.string() }) });

/**
 * Installs what Linkerd's guide to automatic credential rotation sets up, in its order and with its
 * names: namespaces, cert-manager's access, issuers, Certificates, the copy of the anchor, the Bundle,
 * and the control plane's configuration. cert-manager and trust-manager must run; what already exists
 * is left alone. Resolves when both Certificates are Ready and the bundle is in the control plane's namespace.
 *
 * @param timeoutMs how long cert-manager and trust-manager may take for each step.
 * @throws when the API refuses an object, or a controller takes longer.
 */
export async function installTrustPki(
  kubeConfigYaml: string,
  options: TrustPkiOptions = {},
  timeoutMs = 60_000,
): Promise<void> {
  const api = await connectKubeApi(kubeConfigYaml);
  const ready = (what: ManifestObject): Promise<void> =>
    untilFound(api, what, { wanted: isReady, what: 'become Ready', timeoutMs });
  try {
    for (const object of [...namespaces(), ...certManagerAccess()]) {
      await ensureObject(api, object);
    }
    for (const secret of anchorFromElsewhere(options)) await ensureObject(api, secret);
    for (const part of [trustAnchor(options), identityIssuer(options)]) {
      for (const object of part) await ensureObject(api, object);
      for (const object of part) await ready(object);
    }
    const anchorPem = await copyAnchor(api);
    await ensureObject(api, options.bundle === 'byHand' ? bundleByHand(anchorPem) : bundle());
    await ensureObject(api, linkerdConfig(options));
    await untilFound(api, bundleTarget, { wanted: () => true, what: 'appear', timeoutMs });
  } finally {
    await api.close();
  }
}

function isReady(object: unknown): boolean {
  const conditions = withConditions.safeParse(object).data?.status.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** @returns PEM of the anchor */
async function copyAnchor(api: KubeApi): Promise<string> {
  const secrets = `/api/v1/namespaces/${trustNamespace}/secrets`;
  const anchor = await api.get(`${secrets}/linkerd-trust-anchor`);
  await ensureObject(api, anchorCopy(anchor));
  return Buffer.from(withCertificate.parse(anchor).data['tls.crt'], 'base64').toString('utf8');
}

async function untilFound(
  api: KubeApi,
  object: ManifestObject,
  goal: {
    readonly wanted: (object: unknown) => boolean;
    readonly what: string;
    readonly timeoutMs: number;
  },
): Promise<void> {
  const path = `${collectionPath(object)}/${object.metadata.name}`;
  const deadlineMs = Date.now() + goal.timeoutMs;
  for (;;) {
    const found = await api.get(path).catch((error: unknown) => {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    });
    if (found !== undefined && goal.wanted(found)) return;
    if (Date.now() > deadlineMs) {
      throw new Error(
        `${object.kind} ${object.metadata.name} did not ${goal.what} within ${String(goal.timeoutMs)} ms; is its controller running?`,
      );
    }
    await delay(pollMs);
  }
}
