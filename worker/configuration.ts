import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import { documentedObjects } from '../domain/objects.ts';
import { filledVariables } from '../mesh/filled-variables.ts';
import { defined, objectNames } from '../mesh/resource/object-names.ts';

/**
 * The worker's own settings. Where Temporal is comes from the standard `TEMPORAL_*` environment or a
 * profile of it, where the cluster is from `KUBECONFIG` or the pod's service account: whoever connects
 * reads those. A variable that is empty counts as not set.
 */
export interface WorkerConfiguration {
  readonly kubeContext?: string;
  /** What serves `/metrics`, `/healthz` and `/readyz`; without a host every address, IPv6 and IPv4. */
  readonly listen: { readonly host?: string; readonly port: number };
  /** A prebuilt workflow bundle; without one the bundle is built at start. */
  readonly workflowBundlePath?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Through the API server instead of directly: for a worker outside of the cluster's network. */
  readonly reachProxiesBy: 'pod-ip' | 'port-forward';
  /** Whether this worker reconciles the TrustAnchorRotation of its cluster. */
  readonly isOperator: boolean;
  /** What people call the cluster, in the rotations that the resource starts. */
  readonly clusterName: string;
  /** Base address of the Temporal Web UI, for links in the status. */
  readonly webUi?: string;
  /** Names of the mesh's objects where no resource says them. */
  readonly objects: MeshObjects;
}

const notNames = 'must be a JSON object of names, as in {"trustNamespace":"pki"}';
const objects = z.string().transform((text, context): MeshObjects => {
  const names = objectNames.strict().safeParse(parseJson(text));
  if (names.success) return { ...documentedObjects, ...defined(names.data) };
  context.addIssue({ code: 'custom', message: notNames });
  return z.NEVER;
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told of as what is no object of names.
    return undefined;
  }
}

/** An IPv6 address stands in brackets. */
const listenAddress = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:]*)):(?<port>\d+)$/;

const environment = z.object({
  TRUST_ROTATION_KUBE_CONTEXT: z.string().optional(),
  TRUST_ROTATION_LISTEN: z
    .string()
    .regex(listenAddress, 'must be host:port, [host]:port or :port')
    .default(':9464'),
  TRUST_ROTATION_WORKFLOW_BUNDLE: z.string().optional(),
  TRUST_ROTATION_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  TRUST_ROTATION_REACH_PROXIES_BY: z.enum(['pod-ip', 'port-forward']).default('pod-ip'),
  TRUST_ROTATION_OPERATOR: z.enum(['on', 'off']).default('off'),
  TRUST_ROTATION_CLUSTER_NAME: z.string().default('this cluster'),
  TEMPORAL_UI_URL: z.string().optional(),
  TRUST_ROTATION_OBJECTS: objects.default(documentedObjects),
});

/** @throws Error that names the variable and what it must be. */
export function readConfiguration(env: NodeJS.ProcessEnv): WorkerConfiguration {
  const parsed = environment.safeParse(filledVariables(env));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(
      `Environment variable ${String(issue?.path[0])} ${issue?.message ?? 'is not usable'}. Next step: correct it, or leave it out for the default.`,
    );
  }
  const settings = parsed.data;
  return {
    ...optional('kubeContext', settings.TRUST_ROTATION_KUBE_CONTEXT),
    ...optional('workflowBundlePath', settings.TRUST_ROTATION_WORKFLOW_BUNDLE),
    listen: listenOf(settings.TRUST_ROTATION_LISTEN),
    logLevel: settings.TRUST_ROTATION_LOG_LEVEL,
    reachProxiesBy: settings.TRUST_ROTATION_REACH_PROXIES_BY,
    isOperator: settings.TRUST_ROTATION_OPERATOR === 'on',
    clusterName: settings.TRUST_ROTATION_CLUSTER_NAME,
    ...optional('webUi', settings.TEMPORAL_UI_URL),
    objects: settings.TRUST_ROTATION_OBJECTS,
  };
}

function listenOf(text: string): WorkerConfiguration['listen'] {
  const { ipv6, name, port } = listenAddress.exec(text)?.groups ?? {};
  const host = ipv6 ?? name ?? '';
  return { ...(host === '' ? {} : { host }), port: Number(port) };
}

function optional<Key extends string>(
  key: Key,
  value: string | undefined,
): Partial<Record<Key, string>> {
  // Sound: the record holds the key with a string, or nothing.
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, string>>;
}
