import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import type { ServerProcess } from '../../deploy/local/server-process.ts';
import { launch } from '../../deploy/local/server-process.ts';

const pollMs = 50;
const startTimeoutMs = 60_000;

export interface ComponentOptions {
  readonly name: string;
  /** The program that holds all components. */
  readonly binary: string;
  readonly flags: () => readonly string[];
  readonly folder: string;
  /** Whether it serves; absent for those that nobody can ask. */
  readonly ready?: () => Promise<boolean>;
}

/** One component of the control plane: a process that can be stopped, killed and started again. */
export class Component {
  readonly name: string;
  readonly logFile: string;
  readonly #options: ComponentOptions;
  #process: ServerProcess | undefined;

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.logFile = path.join(options.folder, `${options.name}.log`);
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** @throws with the last lines that it wrote, when it ends or does not serve within a minute. */
  async start(): Promise<void> {
    const { name, binary, flags, folder } = this.#options;
    this.#process = await launch(binary, [name, ...flags()], {
      logFile: this.logFile,
      // Nothing of the caller's own cluster or proxy settings may reach a component.
      env: { PATH: process.env['PATH'], HOME: folder },
    });
    await this.#untilReady(this.#process);
  }

  /** SIGTERM, then SIGKILL. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stands still, connections open, until `resume`. */
  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  async #untilReady(running: ServerProcess): Promise<void> {
    const { ready } = this.#options;
    if (ready === undefined) return;
    let ended: string | undefined;
    void running.ended.then((how) => {
      ended = how;
    });
    const deadlineMs = Date.now() + startTimeoutMs;
    // Not listening yet is no error.
    while (!(await ready().catch(() => false))) {
      if (ended !== undefined) throw new Error(`${this.name} did not start: ${ended}`);
      if (Date.now() > deadlineMs) {
        await running.kill();
        throw new Error(`${this.name} did not serve within a minute: ${String(ended)}`);
      }
      await delay(pollMs);
    }
  }
}
