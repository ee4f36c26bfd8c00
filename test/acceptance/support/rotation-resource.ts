import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ResourceStatus } from '../../../domain/resource/resource-status.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { eventNamespace, resourceRef } from '../../../mesh/resource/resource-ref.ts';
import type { RotationResource } from '../../../mesh/resource/rotation-resource.ts';
import { rotationResource } from '../../../mesh/resource/rotation-resource.ts';
import { readCrd } from '../../support/rotation-crd.ts';
import { waitFor } from '../../support/wait-for.ts';
import { stateTimeoutMs } from './patience.ts';

const lagPollMs = 50;

/** Seconds instead of minutes, as in every scenario. */
export const shortSpec = {
  restarts: { waveSize: 6 },
  approvals: { switchIssuer: 'Automatic', retireAnchor: 'Automatic' },
  surveyEvery: '2s',
  timings: {
    poll: '200ms',
    settle: '2s',
    certificateAge: '500ms',
    issuanceTimeout: '20s',
    rolloutTimeout: '8s',
    issuerReloadTimeout: '20s',
    gatePatience: '4s',
    probeTimeout: '3s',
    deadlineMargin: '1m',
    naturalChurn: '3s',
  },
} as const;

/** The TrustAnchorRotation of a scenario's cluster, as its owner handles it with kubectl. */
export class ResourceInUse {
  readonly #kube: Kube;

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** Installs the definition, once a cluster. */
  async installDefinition(): Promise<void> {
    const type = resources.customResourceDefinitions;
    const ref = { type, name: `${resourceRef.type.plural}.${resourceRef.type.group}` };
    if ((await this.#kube.get(ref, rawObject)) === undefined) {
      await this.#kube.create(ref, await readCrd());
    }
    await waitFor(() => this.#kube.list(resourceRef.type, rawObject).catch(() => undefined), {
      what: 'the API server to serve TrustAnchorRotations',
    });
  }

  create(spec: object): Promise<unknown> {
    return this.#kube.create(resourceRef, { spec });
  }

  /** `kubectl patch tar cluster --type merge`. */
  patch(spec: object): Promise<unknown> {
    return this.#kube.patch(resourceRef, { spec }, 'merge', { fieldManager: 'kubectl-patch' });
  }

  /** `kubectl annotate tar cluster`. */
  annotate(annotations: Readonly<Record<string, string>>): Promise<unknown> {
    const metadata = { annotations };
    return this.#kube.patch(resourceRef, { metadata }, 'merge', {
      fieldManager: 'kubectl-annotate',
    });
  }

  /** What nobody should do. */
  patchStatus(status: object): Promise<unknown> {
    return this.#kube.patch(resourceRef, { status }, 'merge', {
      fieldManager: 'kubectl-edit',
      subresource: 'status',
    });
  }

  /** As who keeps a field of the status by server-side apply. */
  applyStatus(status: object): Promise<unknown> {
    const { name, type } = resourceRef;
    const applied = {
      apiVersion: `${type.group}/${type.version}`,
      kind: type.kind,
      metadata: { name },
      status,
    };
    return this.#kube.patch(resourceRef, applied, 'apply', {
      fieldManager: 'gitops',
      force: true,
      subresource: 'status',
    });
  }

  delete(): Promise<boolean> {
    return this.#kube.delete(resourceRef);
  }

  read(): Promise<RotationResource | undefined> {
    return this.#kube.get(resourceRef, rotationResource);
  }

  /** Waits until the status is as wanted; `what` ends "waited for". */
  async until(what: string, met: (status: ResourceStatus) => boolean): Promise<ResourceStatus> {
    let last: ResourceStatus | undefined;
    try {
      await waitFor(
        async () => {
          last = (await this.read())?.status;
          return last !== undefined && met(last);
        },
        { what: `the status to show ${what}`, timeoutMs: stateTimeoutMs, intervalMs: 100 },
      );
    } catch (error) {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(last, null, 1)}`, {
        cause: error,
      });
    }
    if (last === undefined) throw new Error('the status was there and is not');
    return last;
  }

  /** Waits until it is gone. */
  untilGone(): Promise<unknown> {
    return waitFor(async () => (await this.read()) === undefined, {
      what: 'the resource to be gone',
      timeoutMs: stateTimeoutMs,
    });
  }

  /**
   * How long after its beginning each phase was first seen in the status, until `ended`; milliseconds.
   * The list of phases is read, not the current one: a phase can be over within one interval.
   */
  async phaseLags(ended: Promise<unknown>): Promise<Readonly<Record<string, number>>> {
    const lags: Record<string, number> = {};
    const end = new AbortController();
    const over = ended.finally(() => end.abort());
    while (!end.signal.aborted) {
      for (const { phase, startedAt } of (await this.read())?.status.phases ?? []) {
        if (startedAt !== undefined) lags[phase] ??= Date.now() - Date.parse(startedAt);
      }
      await delay(lagPollMs);
    }
    await over;
    return lags;
  }

  /** Events about it, by reason, in the order of their times. */
  async events(): Promise<readonly SeenEvent[]> {
    const { uid = '' } = (await this.read()) ?? {};
    const all = await this.#kube.list(resources.events, seenEvent, { namespace: eventNamespace });
    return all
      .filter(({ involvedObject }) => involvedObject.uid === uid)
      .toSorted(
        (left, right) => Date.parse(left.firstTimestamp) - Date.parse(right.firstTimestamp),
      );
  }
}

const seenEvent = z.object({
  metadata: z.object({ name: z.string() }),
  involvedObject: z.object({ uid: z.string().optional() }),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  // The scheduler's own Events have none.
  firstTimestamp: z
    .string()
    .nullable()
    .transform((text) => text ?? ''),
});
export type SeenEvent = z.infer<typeof seenEvent>;

/** `True/AtRest`: a condition in short. */
export function conditionOf(status: ResourceStatus, type: string): string | undefined {
  const found = status.conditions.find((condition) => condition.type === type);
  return found && `${found.status}/${found.reason}`;
}
