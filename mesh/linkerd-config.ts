import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import type { Kube } from './kubernetes/kube.ts';
import { resources } from './kubernetes/resources.ts';

const configMapObject = z.object({ data: z.record(z.string(), z.string()).optional() });

/** A value of the chart: what is absent, empty or null means the chart's default. */
function withDefault(value: string) {
  return z
    .string()
    .nullish()
    .transform((given) => (given === undefined || given === null || given === '' ? value : given));
}

/** Defaults are the chart's (linkerd2 `charts/linkerd-control-plane/values.yaml`). */
const values = z.object({
  clusterDomain: withDefault('cluster.local'),
  identityTrustDomain: withDefault(''),
  linkerdVersion: z.string().optional(),
  identity: z
    .object({
      externalCA: z.boolean().default(false),
      issuer: z
        .object({
          scheme: withDefault('linkerd.io/tls'),
          issuanceLifetime: withDefault('24h0m0s'),
          clockSkewAllowance: withDefault('20s'),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** How this mesh was installed, as far as trust is concerned. */
export interface LinkerdConfig {
  /** Last part of every identity name. */
  readonly trustDomain: string;
  readonly clusterDomain: string;
  /** `kubernetes.io/tls` (cert-manager writes the issuer Secret) or `linkerd.io/tls` (the chart does). */
  readonly issuerScheme: string;
  /** Whether someone else than the chart owns the ConfigMap with the anchors. */
  readonly externalCa: boolean;
  /** Go durations, as the chart has them. */
  readonly issuanceLifetime: string;
  readonly clockSkewAllowance: string;
  readonly version?: string;
}

/** Linkerd's settings are missing or unreadable. */
export class LinkerdConfigError extends Error {
  override readonly name = 'LinkerdConfigError';
}

/**
 * Reads ConfigMap `linkerd-config`, where the installed Helm values stand without private keys.
 * @throws LinkerdConfigError
 */
export async function readLinkerdConfig(kube: Kube, objects: MeshObjects): Promise<LinkerdConfig> {
  const namespace = objects.linkerdNamespace;
  const ref = { type: resources.configMaps, namespace, name: 'linkerd-config' };
  const configMap = await kube.get(ref, configMapObject);
  const text = configMap?.data?.['values'];
  if (text === undefined) {
    throw new LinkerdConfigError(
      `ConfigMap ${namespace}/linkerd-config is missing or has no key "values". Next step: check that Linkerd is installed in namespace ${namespace}, or name its namespace.`,
    );
  }
  const parsed = values.safeParse(readYaml(text, namespace));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new LinkerdConfigError(
      `ConfigMap ${namespace}/linkerd-config does not look as expected at ${fields}. Next step: compare the installed version of Linkerd with the supported ones.`,
    );
  }
  return config(parsed.data);
}

function config(data: z.infer<typeof values>): LinkerdConfig {
  const { clusterDomain, identityTrustDomain, linkerdVersion: version } = data;
  const { issuer, externalCA: externalCa } = data.identity;
  return {
    // Without a trust domain of its own the mesh uses the cluster's.
    trustDomain: identityTrustDomain === '' ? clusterDomain : identityTrustDomain,
    clusterDomain,
    issuerScheme: issuer.scheme,
    externalCa,
    issuanceLifetime: issuer.issuanceLifetime,
    clockSkewAllowance: issuer.clockSkewAllowance,
    ...(version === undefined ? {} : { version }),
  };
}

function readYaml(text: string, namespace: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    const place =
      error instanceof YAMLParseError ? ` at line ${String(error.linePos?.[0].line)}` : '';
    throw new LinkerdConfigError(
      `The values in ConfigMap ${namespace}/linkerd-config are not YAML${place}. Next step: "linkerd upgrade" writes them anew.`,
    );
  }
}
