/** A started container of a kind that the simulator plays. */
export interface ContainerProcess {
  /** What the container's readiness probe would find. */
  ready(): boolean;
  /** Finishes what is in flight and ends. */
  stop(): Promise<void>;
  /** Resolves when it has ended; only what is a process of its own can do so unasked. */
  readonly ended?: Promise<ProcessEnd>;
}

export interface ProcessEnd {
  readonly exitCode: number;
  readonly message: string;
}

/** Tells of something that failed without anybody waiting for it. Never carries key material. */
export type ReportProblem = (message: string, cause: unknown) => void;
