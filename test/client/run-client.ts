import type { CommandContext, Connectors } from '../../client/context.ts';
import type { ExitCode } from '../../client/exit-codes.ts';
import { runCommandLine } from '../../client/run.ts';
import { answers } from '../../client/answers/all-answers.ts';
import { openCluster } from '../../client/cluster.ts';
import { openTemporal } from '../../client/temporal.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { checkFacts, inspectionFacts } from '../support/check-facts.ts';
import { planResult } from './fixtures.ts';

export interface Run {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Partial<Omit<CommandContext, 'connectors' | 'stdout'>> {
  readonly connectors?: Partial<Connectors>;
  readonly isTTY?: boolean;
  /** Told everything that is written to stdout, as it comes. */
  readonly onStdout?: (text: string) => void;
}

/**
 * A cluster that is asked for nothing but its id and its TrustAnchorRotation.
 *
 * @param resource as the API server has it; left out: there is none
 */
export function clusterNamed(id: string, resource?: object): Connectors['openCluster'] {
  const kube: Pick<Kube, 'get'> = {
    get: async ({ type }, schema) =>
      type === resources.trustAnchorRotations && resource !== undefined
        ? schema.parse(resource)
        : undefined,
  };
  return async ({ clusterName }) => ({
    id,
    name: clusterName ?? 'prod',
    // Sound: planner, checker and inspector of these tests never look at the cluster.
    kube: kube as never,
    close: async () => undefined,
  });
}

/** Runs one command line with captured output; what is not given is as in a pipe, for user `ada`. */
export async function runClient(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const { onStdout, ...rest } = options;
  const context = commandContext({
    ...rest,
    onStdout: (text) => {
      stdout += text;
      onStdout?.(text);
    },
    stderr: { isTTY: false, write: (text) => (stderr += text) },
  });
  const code = await runCommandLine(args, context);
  return { code, stdout, stderr };
}

/** The context that {@link runClient} runs a command in. */
export function commandContext(options: RunOptions = {}): CommandContext {
  const { connectors, isTTY = false, onStdout, ...rest } = options;
  const size = isTTY ? { columns: 80, rows: 40 } : {};
  return {
    stdout: { isTTY, ...size, write: (text) => onStdout?.(text) },
    stderr: { isTTY: false, write: () => undefined },
    canAsk: false,
    env: {},
    userName: 'ada',
    now: () => Date.now(),
    ask: async () => 'n',
    interrupted: new AbortController().signal,
    connectors: {
      openCluster,
      openTemporal,
      plannerFor: () => async () => planResult(),
      checkerFor: () => async () => checkFacts(),
      inspectorFor: () => async () => inspectionFacts(),
      ...connectors,
    },
    ...rest,
  };
}

/** What a command wrote with `--output json`, or would write, held against its published schema. */
export function anAnswer(command: string, document: unknown): unknown {
  const schema = answers[command];
  if (schema === undefined) throw new Error(`Command ${command} has no JSON document.`);
  return schema.parse(typeof document === 'string' ? JSON.parse(document) : document);
}
