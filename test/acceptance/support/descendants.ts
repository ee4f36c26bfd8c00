import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { componentsPath } from '../../real-cluster/components-binary.ts';

/** A look reads of every process on the machine. */
const lookEveryMs = 500;
/** One that was killed is there until its parent has been told. */
const goneWithinMs = 30_000;

export interface ProcessSight {
  readonly pid: number;
  /** When it began, in the kernel's own count: pids are given out again. */
  readonly began: string;
  readonly command: string;
}

/** The processes that one has started, and theirs, as far as they were there at some look. */
export class Descendants {
  readonly #of: number;
  readonly #seen = new Map<string, ProcessSight>();
  readonly #end = new AbortController();
  readonly #looking: Promise<void>;

  constructor(pid: number) {
    this.#of = pid;
    this.#looking = this.#keepLooking();
  }

  /** Of all that were seen, those that run a component of the control plane. */
  async components(): Promise<readonly ProcessSight[]> {
    const program = await componentsPath();
    return [...this.#seen.values()].filter(({ command }) => command.startsWith(program));
  }

  /** @returns what still runs of all that were seen, a moment after it should have ended */
  async left(): Promise<readonly string[]> {
    this.#end.abort();
    await this.#looking;
    const deadlineMs = Date.now() + goneWithinMs;
    for (;;) {
      const running = new Set((await processes()).map(keyOf));
      const left = [...this.#seen.values()].filter((one) => running.has(keyOf(one)));
      if (left.length === 0 || Date.now() > deadlineMs) return left.map(({ command }) => command);
      await delay(lookEveryMs);
    }
  }

  async look(): Promise<void> {
    const all = await processes();
    for (let generation = [this.#of]; generation.length > 0;) {
      const children = all.filter(({ parent }) => generation.includes(parent));
      for (const child of children) {
        // Before it executes its program it is a copy of its parent.
        this.#seen.set(keyOf(child), { ...child, command: await commandOf(child.pid) });
      }
      generation = children.map(({ pid }) => pid);
    }
  }

  async #keepLooking(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.look();
      // Where a test fails nobody asks what is left; the process that looks may end all the same.
      await delay(lookEveryMs, undefined, { ref: false });
    }
  }
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly began: string;
}

function keyOf({ pid, began }: Pick<Entry, 'pid' | 'began'>): string {
  return `${String(pid)} ${began}`;
}

/** By proc_pid_stat(5); those that have ended and wait for their parent to ask do not count. */
async function processes(): Promise<readonly Entry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = pids.map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The second field is a name in parentheses, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent] = fields;
    if (state === undefined || state === '' || state === 'Z') return [];
    return [{ pid: Number(pid), parent: Number(parent), began: fields[19] ?? '' }];
  });
  return (await Promise.all(entries)).flat();
}

async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}
