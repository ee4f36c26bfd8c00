import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import type { ServerProcess } from '../../deploy/local/server-process.ts';
import { launch } from '../../deploy/local/server-process.ts';

const pollMs = 50;
const startTimeoutMs = 180_000;
/** Before one that has ended is started again. */
const restartPauseMs = 500;
/** Go collects at twice what is in use, which costs more here than the memory that a small cluster takes. */
const garbageCollection = { GOGC: '400', GOMEMLIMIT: '1GiB' };

export interface ComponentOptions {
  readonly name: string;
  /** The program that holds all components. */
  readonly binary: string;
  readonly flags: () => readonly string[];
  readonly folder: string;
  /** Whether it serves; absent for those that nobody can ask. */
  readonly ready?: () => Promise<boolean>;
}

/**
 * One component of the control plane: a process that can be stopped, killed and started again. One that
 * ends by itself is started again, as a kubelet does with a static pod: kube-scheduler for one ends where
 * its cache turns out to be wrong, which an API server that was restarted in the middle of a binding brings
 * about ("Scheduler cache is corrupted").
 */
export class Component {
  readonly name: string;
  readonly logFile: string;
  readonly #options: ComponentOptions;
  #process: ServerProcess | undefined;
  /** From its start to its stop. */
  #isWanted = false;
  #restarting: Promise<void> | undefined;
  #lastWords: string | undefined;

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.logFile = path.join(options.folder, `${options.name}.log`);
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How it ended when nobody had asked for it, and the last lines that it wrote then. */
  get lastWords(): string | undefined {
    return this.#lastWords;
  }

  /** @throws with the last lines that it wrote, when it ends or does not serve within three minutes. */
  async start(): Promise<void> {
    const running = await this.#launch();
    await this.#untilReady(running);
    this.#isWanted = true;
  }

  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void> {
    return this.#end((running) => running.stop());
  }

  /** Without letting it end by itself. */
  kill(): Promise<void> {
    return this.#end((running) => running.kill());
  }

  async #end(how: (running: ServerProcess) => Promise<void>): Promise<void> {
    this.#isWanted = false;
    if (this.#process !== undefined) await how(this.#process);
    await this.#restarting;
    // Its successor may have been on its way.
    if (this.#process !== undefined) await how(this.#process);
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

  async #launch(): Promise<ServerProcess> {
    const { name, binary, flags, folder } = this.#options;
    const running = await launch(binary, [name, ...flags()], {
      logFile: this.logFile,
      // Nothing of the caller's own cluster or proxy settings may reach a component.
      env: { PATH: process.env['PATH'], HOME: folder, ...garbageCollection },
    });
    this.#process = running;
    void running.ended.then((how) => {
      if (!this.#isWanted) return;
      this.#lastWords = how;
      this.#restarting = this.#startAgain();
    });
    return running;
  }

  async #startAgain(): Promise<void> {
    await delay(restartPauseMs);
    if (this.#isWanted) await this.#launch();
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
        throw new Error(`${this.name} did not serve within three minutes: ${String(ended)}`);
      }
      await delay(pollMs);
    }
  }
}
