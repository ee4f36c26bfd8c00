import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { CommandContext, Connectors, Inspector, Output } from './context.ts';

/** The context of a real process. */
export function createProcessContext(interrupted: AbortSignal): CommandContext {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    env: process.env,
    userName: readUserName(),
    now: () => Date.now(),
    ask: (question) => ask(question, interrupted),
    interrupted,
    connectors,
  };
}

/** Loaded when used: the client for Kubernetes alone takes longer than everything that help needs. */
const connectors: Connectors = {
  openCluster: async (options) => (await import('./cluster.ts')).openCluster(options),
  openTemporal: async (options) => (await import('./temporal.ts')).openTemporal(options),
  plannerFor: (kube, reach) => async (question, options) => {
    const { plannerFor } = await import('./planner.ts');
    return plannerFor(kube, reach)(question, options);
  },
  checkerFor: (kube, reach) => async (question) => {
    const { checkerFor } = await import('./checker.ts');
    return checkerFor(kube, reach)(question);
  },
  inspectorFor: (kube, reach) => {
    let inspector: Promise<Inspector> | undefined;
    return async (question) => {
      // One for all looks: what was proven about a proxy once is not asked again.
      inspector ??= import('./planner.ts').then((module) => module.inspectorFor(kube, reach));
      return (await inspector)(question);
    };
  },
};

/** Asked at each write: a terminal may be resized at any time. */
function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => stream.write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
  };
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  // On stderr: stdout may hold a JSON document.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}

function readUserName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user database knows.
    return undefined;
  }
}
