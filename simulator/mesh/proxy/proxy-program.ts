import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { Port, ProxyEnv } from '../linkerd-names.ts';
import type { ContainerProcess, ProcessEnd, ReportProblem } from '../node/container-process.ts';
import type { MountedFiles } from '../node/mounted-files.ts';
import { decodeCertPool } from '../trust/pem.ts';
import { createKeyAndRequest } from './proxy-credentials.ts';

export interface ProxyProgramOptions {
  /** Path of a `linkerd2-proxy`. */
  readonly program: string;
  readonly podIp: string;
  /** Of the container, as its pod says. */
  readonly environment: ReadonlyMap<string, string>;
  readonly files: MountedFiles;
  /** Where linkerd-identity serves certify calls in plain text, `host:port`. */
  readonly identityAddress: string;
  /** What `ready()` says has changed. */
  readonly onChange: () => void;
  readonly reportProblem: ReportProblem;
}

const probePeriodMs = 500;
const probeTimeoutMs = 1_000;
/** How long it may take to end by itself. */
const stopGraceMs = 5_000;
/** Of what it prints, so much of the end goes into the message of its end. */
const keptOutput = 1_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/**
 * Runs a proxy program as a pod's proxy container, with the environment that its pod gives it but
 * for what the machine cannot give:
 * - all pods share one network namespace, so each `LINKERD2_PROXY_*_LISTEN_ADDR(S)` with a wildcard or
 *   loopback address names the pod's own address instead, with the same port;
 * - there is no cluster DNS, so `LINKERD2_PROXY_IDENTITY_SVC_ADDR` is an address of linkerd-identity,
 *   and `localhost.` in a service's address is the pod's address;
 * - there is no container file system, so `LINKERD2_PROXY_IDENTITY_DIR` and
 *   `LINKERD2_PROXY_IDENTITY_TOKEN_FILE` lie in a folder of this process alone. Key and signing request
 *   are made there as Linkerd's start-up helper does; the token file follows the pod's volume.
 *
 * @throws when the helper would refuse the anchors, or the program cannot be started.
 */
export async function startProxyProgram(options: ProxyProgramOptions): Promise<ContainerProcess> {
  decodeCertPool(variable(options, ProxyEnv.TrustAnchors));
  const folder = await mkdtemp(join(tmpdir(), 'linkerd-proxy-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const tokenFile = join(folder, basename(variable(options, ProxyEnv.TokenFile)));
  const writeToken = tokenWriter(options, tokenFile);
  let child: ChildProcess;
  try {
    await prepareFolder(folder, variable(options, ProxyEnv.LocalName));
    await writeToken();
    child = spawn(options.program, [], {
      env: {
        ...Object.fromEntries(options.environment),
        ...changedVariables(options),
        [ProxyEnv.IdentityDirectory]: join(folder, 'end-entity'),
        [ProxyEnv.TokenFile]: tokenFile,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: a program that is a wrapper ends with what it started.
      detached: true,
    });
    await once(child, 'spawn');
  } catch (error) {
    await removeFolder();
    throw new Error(`${options.program} could not be started`, { cause: error });
  }
  running.add(child);
  const ended = endOf(child).finally(removeFolder);
  const probe = startReadinessProbe(options);
  const stopFollowing = options.files.onSwap(dirname(variable(options, ProxyEnv.TokenFile)), () => {
    writeToken().catch((error: unknown) =>
      options.reportProblem('A proxy’s token was not renewed', error),
    );
  });
  void ended.then(() => {
    probe.stop();
    stopFollowing();
  });
  return {
    ready: probe.ready,
    ended,
    stop: async () => {
      signalGroup(child, 'SIGTERM');
      const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), stopGraceMs);
      await ended;
      clearTimeout(kill);
    },
  };
}

/** What Linkerd's start-up helper leaves for the proxy (linkerd2 `proxy-identity/main.go`). */
async function prepareFolder(folder: string, name: string): Promise<void> {
  const endEntity = join(folder, 'end-entity');
  await mkdir(endEntity);
  const { key, signingRequest } = await createKeyAndRequest(name);
  const keyDer = key.export({ type: 'pkcs8', format: 'der' });
  await writeFile(join(endEntity, 'key.p8'), keyDer, { mode: 0o600 });
  await writeFile(join(endEntity, 'csr.der'), signingRequest);
}

/** Replaces the file at once, so that the proxy never reads half a token. */
function tokenWriter(options: ProxyProgramOptions, path: string): () => Promise<void> {
  return async () => {
    const token = options.files.read(variable(options, ProxyEnv.TokenFile));
    if (token === undefined) throw new Error('the pod has no token for identity');
    await writeFile(`${path}.new`, token, { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
}

function changedVariables(options: ProxyProgramOptions): Record<string, string> {
  const { environment, podIp, identityAddress } = options;
  const changed: Record<string, string> = {};
  for (const [name, value] of environment) {
    if (/_LISTEN_ADDRS?$/.test(name)) changed[name] = listenAt(podIp, value);
    if (name.endsWith('_SVC_ADDR')) changed[name] = value.replace(/^localhost\.?:/, `${podIp}:`);
  }
  return { ...changed, [ProxyEnv.IdentityAddress]: identityAddress };
}

function listenAt(podIp: string, addresses: string): string {
  const moved = addresses
    .split(',')
    .map((address) => address.replace(/^(?:0\.0\.0\.0|127\.0\.0\.1|\[::1?\]):/, `${podIp}:`));
  return [...new Set(moved)].join(',');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !running.has(child)) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It ended by itself a moment ago.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptOutput);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  running.delete(child);
  // A shell's and the kubelet's number for the end by a signal.
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return { exitCode, message: output };
}

/** The container's readiness probe, `GET /ready` on the admin port of the pod's address. */
function startReadinessProbe({ podIp, onChange }: ProxyProgramOptions): {
  readonly ready: () => boolean;
  readonly stop: () => void;
} {
  let isReady = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function probe(): Promise<void> {
    const answer = await isProxyReady(podIp);
    if (isStopped) return;
    const hasChanged = answer !== isReady;
    isReady = answer;
    if (hasChanged) onChange();
    timer = setTimeout(run, probePeriodMs);
  }
  // A probe that fails is an answer.
  const run = (): void => void probe();
  run();
  return {
    ready: () => isReady,
    stop: () => {
      isStopped = true;
      isReady = false;
      clearTimeout(timer);
    },
  };
}

async function isProxyReady(podIp: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const response = await fetch(`http://${podIp}:${Port.Admin}/ready`, { signal });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function variable({ environment }: ProxyProgramOptions, name: string): string {
  const value = environment.get(name);
  if (value === undefined) throw new Error(`The proxy's environment lacks ${name}`);
  return value;
}
