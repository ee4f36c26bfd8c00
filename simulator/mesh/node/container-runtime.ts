import { randomBytes } from 'node:crypto';

import type { ContainerProcess, ProcessEnd, ReportProblem } from './container-process.ts';

const firstBackoffMs = 500;
const longestBackoffMs = 10_000;
/** How soon a container that could not be created is tried again. */
const createRetryMs = 500;

/** What the container's status shows while it does not run. */
export interface Waiting {
  readonly reason: 'PodInitializing' | 'CreateContainerConfigError' | 'CrashLoopBackOff';
  readonly message?: string;
}

export interface Started {
  readonly containerID: string;
  /** ISO 8601, UTC, whole seconds as Kubernetes writes times. */
  readonly startedAt: string;
}

export interface Ended extends Started, ProcessEnd {
  readonly finishedAt: string;
}

/** The environment could not be made; nothing was started, so nothing counts as a restart. */
export class ContainerConfigError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ContainerConfigError';
  }
}

export interface ContainerRuntimeOptions {
  readonly name: string;
  /** It counts as started only once it was ready. */
  readonly hasStartupProbe: boolean;
  /** Makes the environment anew and starts the process; a `ContainerConfigError` tells that it came to no start. */
  start(): Promise<ContainerProcess>;
  onChange(): void;
  readonly reportProblem: ReportProblem;
}

/** One container of a pod: its process, and the kubelet's restarts with back-off. */
export class ContainerRuntime {
  readonly name: string;
  restartCount = 0;
  started: Started | undefined;
  lastEnded: Ended | undefined;
  waiting: Waiting | undefined = { reason: 'PodInitializing' };
  process: ContainerProcess | undefined;
  readonly #options: ContainerRuntimeOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ContainerRuntimeOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Tries once to start; failures are retried in the background, as often as it takes. */
  async run(): Promise<void> {
    const begun = {
      containerID: `containerd://${randomBytes(32).toString('hex')}`,
      startedAt: timestamp(),
    };
    try {
      const process = await this.#options.start();
      if (this.#stopped) {
        await process.stop();
        return;
      }
      this.process = process;
      this.started = begun;
      this.waiting = undefined;
      // The end that somebody asked for is none of its own.
      void process.ended?.then((end) => {
        if (this.process === process && !this.#stopped) this.#restartLater(begun, end);
      });
    } catch (error) {
      this.#options.reportProblem(`Container ${this.name} did not start`, error);
      this.#startFailed(begun, error);
    }
    this.#options.onChange();
  }

  get ready(): boolean {
    return this.process?.ready() ?? false;
  }

  /** As its startup probe says: what waits for a sidecar waits for this. */
  get isUp(): boolean {
    return this.process !== undefined && (this.ready || !this.#options.hasStartupProbe);
  }

  /** Ends the process as a crash does and starts it anew: new container id, environment read again. */
  async crash(message: string): Promise<void> {
    const { process, started } = this;
    if (process === undefined || started === undefined) {
      throw new Error(`Container ${this.name} does not run and so cannot crash`);
    }
    this.#end(started, { exitCode: 1, message });
    this.#options.onChange();
    await process.stop();
    this.restartCount += 1;
    await this.run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.process?.stop();
  }

  #startFailed(begun: Started, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ContainerConfigError) {
      this.waiting = { reason: 'CreateContainerConfigError', message };
      this.#later(createRetryMs, 0);
      return;
    }
    this.#restartLater(begun, { exitCode: 1, message });
  }

  #restartLater(begun: Started, end: ProcessEnd): void {
    this.#end(begun, end);
    this.#later(Math.min(firstBackoffMs * 2 ** this.restartCount, longestBackoffMs), 1);
    this.#options.onChange();
  }

  #end(begun: Started, end: ProcessEnd): void {
    this.process = undefined;
    this.started = undefined;
    this.lastEnded = { ...begun, ...end, finishedAt: timestamp() };
    this.waiting = { reason: 'CrashLoopBackOff', message: end.message };
  }

  #later(delayMs: number, restarts: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.restartCount += restarts;
      // `run` reports every failure itself.
      void this.run();
    }, delayMs);
  }
}

/** A time as Kubernetes writes it: UTC, whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
