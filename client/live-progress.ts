import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { z } from 'zod';
import type { GateReport } from '../domain/gates/gate.ts';
import { describeRotation } from './rotation-reading.ts';

/** What the rotation's running activities tell between two reports of the workflow. */
export interface LiveProgress {
  /** The gate that is watched right now, as of the activity's last heartbeat. */
  readonly gate?: GateReport;
  readonly activities: readonly LiveActivity[];
}

export interface LiveActivity {
  /** Name of the activity, for example `restartWave`. */
  readonly name: string;
  /** What it is doing, in its own words. */
  readonly text?: string;
  /** From 1; above that the ones before have failed. */
  readonly attempt: number;
  readonly lastFailure?: string;
}

export const noProgress: LiveProgress = { activities: [] };

const laggard = z.object({ what: z.string(), reason: z.string(), remedy: z.string() });
/** The fields are those of {@link GateReport}; its gate names are this product's own. */
const gateReport = z.object({
  gate: z.string(),
  title: z.string(),
  passed: z.boolean(),
  converged: z.number(),
  total: z.number(),
  laggards: z.array(laggard),
  unnamed: z.number(),
  at: z.string(),
});
const progressText = z.object({ text: z.string() });

/**
 * Reads the heartbeats of the rotation's pending activities. Needs no worker: Temporal keeps them.
 *
 * @throws CommandError when Temporal does not answer within 5 s
 */
export async function liveProgress(client: Client, cluster: string): Promise<LiveProgress> {
  const description = await describeRotation(client, cluster);
  const pending = description?.raw.pendingActivities ?? [];
  const converter = client.options.loadedDataConverter;
  const read = await Promise.all(
    pending.map(async ({ activityType, attempt, lastFailure, heartbeatDetails }) => {
      const [details] = await decodeArrayFromPayloads(converter, heartbeatDetails?.payloads);
      const gate = gateReport.safeParse(details);
      const progress = progressText.safeParse(details);
      const activity: LiveActivity = {
        name: activityType?.name ?? 'unknown',
        attempt: attempt ?? 1,
        ...(progress.success ? { text: progress.data.text } : {}),
        ...(typeof lastFailure?.message === 'string' ? { lastFailure: lastFailure.message } : {}),
      };
      // Sound: watchGate alone sends this shape, and takes the name from `GateName`.
      return { activity, gate: gate.success ? (gate.data as GateReport) : undefined };
    }),
  );
  const gate = read.find((one) => one.gate !== undefined)?.gate;
  const activities = read.map(({ activity }) => activity);
  return gate === undefined ? { activities } : { gate, activities };
}
