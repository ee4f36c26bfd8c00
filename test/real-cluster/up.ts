import { fork } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { componentsBinary } from './components-binary.ts';
import type { Progress } from './serve.ts';
import { findRunningCluster, kubeConfigFile, logFile } from './running-cluster.ts';

const usage = `Usage: npm run cluster:up -- [--bare]

Starts a real Kubernetes control plane with cert-manager and trust-manager as processes on this
machine, with a simulated Linkerd mesh on its nodes. Built once with Go. Ends with cluster:down.

Options:
  --bare    the control plane alone: no nodes, no mesh
  --help    this text
`;

async function up(bare: boolean): Promise<number> {
  if ((await findRunningCluster()) !== undefined) {
    say(`The cluster runs already.\n${howToUse()}`);
    return 0;
  }
  // Here and not in the process to come: a Ctrl-C ends the compiler, too.
  await componentsBinary(say);
  const startedMs = Date.now();
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = await open(logFile, 'w');
  const serve = path.join(import.meta.dirname, 'serve.ts');
  const child = fork(serve, bare ? ['--bare'] : [], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  // The server stops what it has started, and only then is gone.
  const interrupt = (): void => {
    say('Interrupted; what was started is being stopped …');
    child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('message', (message) => {
      // Sound: serve.ts sends nothing else.
      const progress = message as Progress;
      if ('line' in progress) say(progress.line);
      else resolve(undefined);
    });
    child.once('exit', () => resolve(`The cluster did not start; see ${logFile}`));
  });
  await log.close();
  if (failure !== undefined) {
    process.stderr.write(`${failure}\n`);
    return 1;
  }
  child.disconnect();
  child.unref();
  say(`Up in ${((Date.now() - startedMs) / 1_000).toFixed(1)} s.\n${howToUse()}`);
  return 0;
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
  const { values } = parseArgs({
    options: { bare: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) say(usage);
  else process.exitCode = await up(values.bare);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
