import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { installGoCommand } from './go-tool.ts';

const run = promisify(execFile);
const chartsFolder = path.join(import.meta.dirname, '../../deploy/charts');
const timeoutMs = 60_000;

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Manifest = z.infer<typeof manifest>;

export type ChartName = 'linkerd-trust-pki' | 'trust-rotation-crds' | 'trust-rotation-operator';

export interface Release {
  readonly chart: ChartName;
  /** Default: the chart's name. */
  readonly name?: string;
  readonly namespace: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** What the cluster serves besides Kubernetes' own, as in `monitoring.coreos.com/v1`. */
  readonly apiVersions?: readonly string[];
}

/** Helm, which is never told of a cluster. */
export interface Helm {
  /** @throws Error with Helm's words, those of a values schema among them. */
  template(release: Release): Promise<readonly Manifest[]>;
  /** What Helm tells a person after the installation. */
  notes(release: Release): Promise<string>;
  /** Helm's findings, warnings included; nothing where there are none. */
  lint(release: Release): Promise<readonly string[]>;
}

/**
 * The path of Helm itself.
 *
 * @throws {GoToolMissingError} where it cannot be had on this machine.
 */
export function helmProgram(): Promise<string> {
  return installGoCommand({ package: 'helm.sh/helm/v4/cmd/helm', version: 'v4.3.1' });
}

/** @throws {GoToolMissingError} where it cannot be had on this machine. */
export async function installHelm(): Promise<Helm> {
  const program = await helmProgram();
  const helm = (release: Release, args: readonly string[]): Promise<string> =>
    runHelm(program, release, args);
  return {
    template: async (release) => manifestsOf(await helm(release, ['template', nameOf(release)])),
    notes: async (release) => {
      const output = await helm(release, ['install', nameOf(release), '--dry-run=client']);
      return output.split('\nNOTES:\n')[1] ?? '';
    },
    lint: async (release) => {
      const output = await helm(release, ['lint', '--strict', '--quiet']);
      return output.split('\n').filter((line) => line.startsWith('['));
    },
  };
}

/**
 * The YAML documents of a text, those that hold nothing left out. Helm and Kubernetes read YAML 1.1, for
 * which `on` is a boolean.
 */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: '1.1' })
    .map((document): unknown => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as unknown;
    })
    .filter((object) => object !== null && object !== undefined)
    .map((object) => manifest.parse(object));
}

function nameOf({ name, chart }: Release): string {
  return name ?? chart;
}

async function runHelm(
  program: string,
  { chart, namespace, values = {}, apiVersions = [] }: Release,
  args: readonly string[],
): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'helm-'));
  const valuesFile = path.join(home, 'values.yaml');
  const [command = ''] = args;
  const served = command === 'lint' ? [] : apiVersions.map((name) => `--api-versions=${name}`);
  const all = [...args, path.join(chartsFolder, chart), '--values', valuesFile, ...served];
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: path.join(home, 'none') };
  try {
    await writeFile(valuesFile, stringify(values));
    const options = { env, timeout: timeoutMs, maxBuffer: 16_000_000 };
    const { stdout } = await run(program, [...all, '--namespace', namespace], options);
    return stdout;
  } catch (error) {
    const { stderr, stdout } = z.object({ stderr: z.string(), stdout: z.string() }).parse(error);
    throw new Error(`helm ${command} ${chart}: ${stderr}${stdout}`, { cause: error });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
