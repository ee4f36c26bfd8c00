import { setTimeout as delay } from 'node:timers/promises';

import type { KubeApi } from '../kube/kube-api.ts';
import { KubeRequestError } from '../kube/kube-api.ts';
import type { ReportProblem } from './container-process.ts';
import type { PodObject } from './pod-object.ts';
import { podKey } from './pod-object.ts';

const retryMs = 500;
/** Changes are gathered for so long: the kubelet, too, looks at its containers only now and then. */
const gatherMs = 20;

export interface PodWriterOptions {
  readonly api: KubeApi;
  readonly pod: PodObject;
  readonly reportProblem: ReportProblem;
  /** The status as it is now: the body of a strategic merge patch. */
  readonly render: () => object;
  /** Ends every try. */
  readonly signal: AbortSignal;
}

/**
 * What the node says of one pod to the API server, told until that has taken it: like a kubelet, the
 * node outlives any API server that is away.
 */
export class PodWriter {
  readonly #options: PodWriterOptions;
  #written = '';
  #isBehind = false;
  #isOver = false;
  #writing: Promise<void> | undefined;

  constructor(options: PodWriterOptions) {
    this.#options = options;
  }

  /** Writes the status again, once for any number of changes in a row. */
  statusChanged(): void {
    this.#isBehind = true;
    // A change that comes while the last write ends finds that one still there.
    this.#writing ??= this.#writeStatus().finally(() => {
      this.#writing = undefined;
      if (this.#isBehind && !this.#hasEnded()) this.statusChanged();
    });
  }

  /** From now on the status is nobody's business. */
  async endStatus(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
  }

  /** Removes the pod from the API, as a kubelet does when nothing of it runs any more. */
  async remove(): Promise<void> {
    const { api, pod } = this.#options;
    const { uid } = pod.metadata;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid },
    };
    await this.#untilTaken(
      `Pod ${podKey(pod)} was not removed`,
      () => api.delete(this.#path(), body),
      () => this.#options.signal.aborted,
    );
  }

  async #writeStatus(): Promise<void> {
    const { api, pod, render } = this.#options;
    const { uid } = pod.metadata;
    while (this.#isBehind && !this.#hasEnded()) {
      await delay(gatherMs);
      const isOurs = await this.#untilTaken(
        `The status of pod ${podKey(pod)} was not written`,
        async () => {
          this.#isBehind = false;
          const status = render();
          const text = JSON.stringify(status);
          if (text === this.#written) return;
          // The uid keeps a late write off a new pod of the same name.
          await api.strategicPatch(`${this.#path()}/status`, { metadata: { uid }, status });
          this.#written = text;
        },
        () => this.#hasEnded(),
      );
      this.#isOver ||= !isOurs;
    }
  }

  /** @returns whether the pod is still there, and this one */
  async #untilTaken(
    problem: string,
    request: () => Promise<unknown>,
    hasEnded: () => boolean,
  ): Promise<boolean> {
    while (!hasEnded()) {
      try {
        await request();
        return true;
      } catch (error) {
        if (isOfAnotherPod(error)) return false;
        this.#options.reportProblem(problem, error);
        await delay(retryMs, undefined, { signal: this.#options.signal }).catch(() => undefined);
      }
    }
    return false;
  }

  #hasEnded(): boolean {
    return this.#isOver || this.#options.signal.aborted;
  }

  #path(): string {
    const { namespace, name } = this.#options.pod.metadata;
    return `/api/v1/namespaces/${namespace}/pods/${name}`;
  }
}

/** The pod is gone, or another has its name by now; any other conflict is one to try again. */
function isOfAnotherPod(error: unknown): boolean {
  if (!(error instanceof KubeRequestError)) return false;
  if (error.status === 404) return true;
  return [409, 422].includes(error.status) && /\buid\b/i.test(error.message);
}
