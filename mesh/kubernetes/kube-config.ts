import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { filledVariables } from '../filled-variables.ts';
import { KubeConfig } from './client-node.ts';
import { ClusterError } from './errors.ts';
import { redact } from './redact.ts';
import { tokenFiles, useTokenFile, useTokenFiles } from './token-file.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Where the connection's settings come from; the first that is given counts. */
export interface KubeConfigSource {
  /** A whole kubeconfig as YAML. */
  readonly kubeConfigYaml?: string | undefined;
  /** Path of a kubeconfig file. */
  readonly kubeConfigPath?: string | undefined;
  /** The pod's own service account. Left out: used when there is one and no kubeconfig is named. */
  readonly inCluster?: boolean | undefined;
  /** Context to use instead of the current one. */
  readonly context?: string | undefined;
  /** User to act as; the credentials' own must be allowed to impersonate that one. */
  readonly actAs?: string | undefined;
  /** Environment variables; those of the process unless a test gives others. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Loads one kubeconfig of its own for one context: an object shared between contexts would
 * authenticate with whichever is current (kubernetes-client/javascript issue 871).
 * @throws ClusterError that names the file or context and says what to do.
 */
export function loadKubeConfig(source: KubeConfigSource): KubeConfig {
  const config = configOf(source);
  return source.actAs === undefined ? config : actingAs(config, source.actAs);
}

/** client-node sends it with requests and port-forwards alike. Groups it does not know. */
function actingAs(config: KubeConfig, user: string): KubeConfig {
  const current = config.getCurrentUser();
  if (current === null) {
    throw new ClusterError(
      `Could not act as ${user}: context "${config.getCurrentContext()}" names no user of its own. Next step: choose a context with credentials that may impersonate.`,
    );
  }
  config.users = config.users.map((one) =>
    one === current ? { ...one, impersonateUser: user } : one,
  );
  return config;
}

function configOf(source: KubeConfigSource): KubeConfig {
  const env = filledVariables(source.env ?? process.env);
  if (source.kubeConfigYaml !== undefined) {
    const yaml = source.kubeConfigYaml;
    const config = read('the kubeconfig given as text', (target) => {
      target.loadFromString(yaml);
      useTokenFiles(target, yaml, process.cwd());
    });
    return chooseContext(config, source.context, 'the kubeconfig given as text');
  }
  if (source.kubeConfigPath !== undefined)
    return fromFiles([source.kubeConfigPath], source.context);
  if (source.inCluster ?? (isOfPod(env) && existsSync(serviceAccountToken)))
    return fromServiceAccount(env);
  return fromFiles(defaultFiles(env), source.context);
}

/** Whether the variables are those of a pod and name no cluster but the one that it runs in. */
export function isOfPod(env: NodeJS.ProcessEnv): boolean {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = filledVariables(env);
  return KUBERNETES_SERVICE_HOST !== undefined && KUBECONFIG === undefined;
}

function fromServiceAccount(env: NodeJS.ProcessEnv): KubeConfig {
  if (env['KUBERNETES_SERVICE_HOST'] === undefined || !existsSync(serviceAccountToken)) {
    throw new ClusterError(
      `Could not connect as the pod's service account: ${serviceAccountToken} or KUBERNETES_SERVICE_HOST is missing. ` +
        'Next step: run inside a pod with automountServiceAccountToken, or name a kubeconfig.',
    );
  }
  const config = newConfig();
  config.loadFromCluster();
  for (const { name } of config.users) useTokenFile(config, name, serviceAccountToken);
  return config;
}

/** As kubectl: the files of KUBECONFIG that exist, else `~/.kube/config`. */
function defaultFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const existing = named.filter((file) => existsSync(file));
  if (existing.length > 0) return existing;
  if (named.length > 0) return named.slice(0, 1);
  const file = join(env['HOME'] ?? homedir(), '.kube', 'config');
  if (existsSync(file)) return [file];
  throw new ClusterError(
    `No kubeconfig was found: KUBECONFIG is not set and ${file} does not exist. ` +
      'Next step: set KUBECONFIG, or name a file with --kubeconfig.',
  );
}

function fromFiles(files: readonly string[], context: string | undefined): KubeConfig {
  const [first, ...others] = files.map((file) => fromFile(file));
  if (first === undefined) throw new ClusterError('No kubeconfig file was named.');
  const where = files.join(', ');
  for (const other of others) {
    try {
      first.mergeConfig(other, true);
    } catch (error) {
      throw new ClusterError(
        `Could not merge the kubeconfig files ${where}: ${errorText(error)}. ` +
          'Next step: rename one of the duplicates, or name one file with --kubeconfig.',
      );
    }
  }
  return chooseContext(first, context, where);
}

function fromFile(file: string): KubeConfig {
  if (!existsSync(file)) {
    throw new ClusterError(
      `The kubeconfig ${file} does not exist. Next step: check the path, or KUBECONFIG.`,
    );
  }
  return read(`the kubeconfig ${file}`, (config) => {
    config.loadFromFile(file);
    useTokenFiles(config, readFileSync(file, 'utf8'), dirname(file));
  });
}

function read(what: string, load: (config: KubeConfig) => void): KubeConfig {
  const config = newConfig();
  try {
    load(config);
  } catch (error) {
    // No cause: a YAML error quotes the lines around it, and those may hold a token.
    throw new ClusterError(
      `Could not read ${what}: ${errorText(error)}. Next step: check it with "kubectl config view".`,
    );
  }
  return config;
}

function newConfig(): KubeConfig {
  const config = new KubeConfig();
  config.addAuthenticator(tokenFiles);
  return config;
}

function chooseContext(config: KubeConfig, wanted: string | undefined, where: string): KubeConfig {
  const names = config.getContexts().map((context) => context.name);
  const existing = names.length === 0 ? 'It has none' : `It has: ${names.join(', ')}`;
  // The client's type promises a string, but a kubeconfig without current-context leaves it undefined.
  const current = z.string().optional().parse(config.getCurrentContext());
  const name = wanted ?? (current === '' ? undefined : current);
  if (name === undefined) {
    throw new ClusterError(
      `${where} has no current context. ${existing}. Next step: choose one with --context.`,
    );
  }
  if (!names.includes(name)) {
    throw new ClusterError(
      `Context "${name}" is not in ${where}. ${existing}. Next step: choose one with --context.`,
    );
  }
  config.setCurrentContext(name);
  if (!config.getCurrentCluster()) {
    throw new ClusterError(
      `Context "${name}" in ${where} names a cluster that is not there. Next step: repair the kubeconfig.`,
    );
  }
  return config;
}

/** The reason of a YAML error without the lines it quotes; else the first line of a message. */
function errorText(error: unknown): string {
  const yaml = z.object({ reason: z.string() }).safeParse(error);
  if (yaml.success) return redact(yaml.data.reason);
  return error instanceof Error ? redact(error.message.split('\n')[0] ?? '') : 'unknown error';
}
