import { fork } from 'node:child_process';
import { access, constants, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { componentsBinary } from './components-binary.ts';
import type { Progress } from './serve.ts';
import { findRunningCluster, kubeConfigFile, logFile } from './running-cluster.ts';

const usage = `Usage: npm run cluster:up -- [--bare | --proxy-binary PATH] [--components PATH]

Starts a real Kubernetes control plane with cert-manager and trust-manager as processes on this
machine, with a simulated Linkerd mesh on its nodes. Built once with Go. Ends with cluster:down.

Options:
  --bare                the control plane alone: no nodes, no mesh
  --proxy-binary PATH   run this program as each pod's proxy, with the pod's environment, identity
                        directory and token, instead of the simulated one
  --components PATH     run the components that this program holds, instead of building it
  --help                this text
`;

interface UpOptions {
  readonly bare: boolean;
  readonly proxyBinary?: string;
  readonly components?: string;
}

const config = {
  options: {
    bare: { type: 'boolean', default: false },
    'proxy-binary': { type: 'string' },
    components: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

/** The options were not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

async function up({ bare, proxyBinary, components }: UpOptions): Promise<number> {
  if ((await findRunningCluster()) !== undefined) {
    say(`The cluster runs already.\n${howToUse()}`);
    return 0;
  }
  // Here and not in the process to come: a Ctrl-C ends the compiler, too.
  if (components === undefined) await componentsBinary(say);
  const startedMs = Date.now();
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = await open(logFile, 'w');
  const serve = path.join(import.meta.dirname, 'serve.ts');
  const asked = [
    ...(bare ? ['--bare'] : []),
    ...(proxyBinary === undefined ? [] : [`--proxy-binary=${proxyBinary}`]),
    ...(components === undefined ? [] : [`--components=${components}`]),
  ];
  const child = fork(serve, asked, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const interruption = new AbortController();
  // The server stops what it has started, and only then is gone.
  const interrupt = (): void => {
    if (interruption.signal.aborted) return;
    interruption.abort();
    say('Interrupted; what was started is being stopped …');
    child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('message', (message) => {
      // Sound: serve.ts sends nothing else.
      const progress = message as Progress;
      if (interruption.signal.aborted) return;
      if ('line' in progress) say(progress.line);
      else resolve(undefined);
    });
    child.once('exit', () => resolve(`The cluster did not start; see ${logFile}`));
  });
  await log.close();
  if (interruption.signal.aborted) {
    say('Nothing of it runs any more.');
    return 130;
  }
  if (failure !== undefined) {
    process.stderr.write(`${failure}\n`);
    return 1;
  }
  child.disconnect();
  child.unref();
  say(`Up in ${((Date.now() - startedMs) / 1_000).toFixed(1)} s.\n${howToUse()}`);
  return 0;
}

/** @throws UsageError, before anything is started or built */
async function readOptions(): Promise<UpOptions | 'help'> {
  const { values } = parse();
  if (values.help === true) return 'help';
  const { bare } = values;
  const proxyBinary = await programOf('--proxy-binary', values['proxy-binary']);
  const components = await programOf('--components', values.components);
  if (bare && proxyBinary !== undefined) {
    throw new UsageError('--bare starts no proxies, so --proxy-binary says nothing there');
  }
  return {
    bare,
    ...(proxyBinary !== undefined && { proxyBinary }),
    ...(components !== undefined && { components }),
  };
}

async function programOf(flag: string, given: string | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const program = path.resolve(given);
  await access(program, constants.X_OK).catch((cause: unknown) => {
    throw new UsageError(`${flag} ${given} is no program that can be run`, { cause });
  });
  return program;
}

function parse(): ReturnType<typeof parseArgs<typeof config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function howToUse(): string {
  return [
    `  export KUBECONFIG=${kubeConfigFile}`,
    // There is no kubelet to forward ports; pods listen on addresses of this machine.
    '  export TRUST_ROTATION_REACH_PROXIES_BY=pod-ip',
    '  npm run --silent linkerd-trust -- plan',
    '  npm run cluster:down',
  ].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const options = await readOptions();
  if (options === 'help') say(usage);
  else process.exitCode = await up(options);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${message}\n\n${usage}` : `${message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
