import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { componentsBinary } from '../../real-cluster/components-binary.ts';
import type { RotationMesh } from '../rotation/rotation-mesh.ts';

/** The order of the guide of 2025 and of the public scripts, and the one that does not break a mesh. */
export type GuideOrder = '2025' | 'corrected';

export interface ScriptRun {
  readonly wallMs: number;
  /** What a person does and waits for. */
  readonly steps: readonly string[];
  /** What it said last, where it did not come to its end. */
  readonly stuck?: string;
}

const script = fileURLToPath(new URL('./rotate.sh', import.meta.url));
const timeoutMs = 900_000;
/** Certificates and bundles are there after one or two; who waits without looking allows for more. */
const settleSeconds = 5;

/** How `kubectl rollout status` ends that has waited for too long. */
const waitEnded = /timed out|exceeded its progress deadline/;

/**
 * A script that waits in vain ends, too: what it has done until then is what it came to.
 * @throws when it fails for another reason
 */
export async function runGuideScript(
  order: GuideOrder,
  { local, dataPlane, leafLifetimeMs }: RotationMesh,
): Promise<ScriptRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  try {
    const kubeConfig = path.join(folder, 'kubeconfig.yaml');
    await writeFile(kubeConfig, local.kubeConfigYaml, { mode: 0o600 });
    const namespaces = new Set(dataPlane.map(({ namespace }) => namespace));
    return await run(order, {
      PATH: process.env['PATH'],
      HOME: folder,
      KUBECONFIG: kubeConfig,
      COMPONENTS: await componentsBinary(() => undefined),
      NAMESPACES: [...namespaces].join(' '),
      SETTLE_SECONDS: String(settleSeconds),
      LEAF_SECONDS: String(leafLifetimeMs / 1_000),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(order: GuideOrder, env: NodeJS.ProcessEnv): Promise<ScriptRun> {
  const startedMs = performance.now();
  const child = spawn('/bin/sh', [script, order], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the script waits for ends with it.
    detached: true,
  });
  const end = (): void => {
    const runs = child.exitCode === null && child.signalCode === null;
    if (runs && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  const timer = setTimeout(end, timeoutMs);
  process.once('exit', end);
  const steps: string[] = [];
  let last = '';
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      last = line;
      if (line.startsWith('step: ')) steps.push(line.slice('step: '.length));
    });
  }
  // Sound: the documented arguments of the event.
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  process.off('exit', end);
  const waitedInVain = child.signalCode !== null || waitEnded.test(last);
  if (code !== 0 && !waitedInVain) throw new Error(`the guide's script failed: ${last}`);
  const stuck = code === 0 ? {} : { stuck: last };
  return { wallMs: performance.now() - startedMs, steps, ...stuck };
}
