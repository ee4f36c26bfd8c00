import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type {
  HistoryAndWorkflowId,
  WorkflowHandle,
  WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { InjectedSinks, WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { RotationActivities } from '../../activities/contract.ts';
import { dataConverter } from '../../activities/data-converter.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { RotationRequest, Timings } from '../../domain/rotation-request.ts';
import { rotationWorkflowId } from '../../domain/rotation-request.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import type { RotationSight } from '../../domain/resource/rotation-status.ts';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import { statusQuery } from '../../workflows/messages.ts';
import type { rotateTrustAnchor } from '../../workflows/rotate-trust-anchor.ts';
import type { RotationSinks } from '../../workflows/status-publication.ts';
import { rotationCluster } from '../../workflows/search-attributes.ts';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.ts';
import { temporalServer, uniqueTaskQueue } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ActivityName } from './fake-activities.ts';
import { FakeActivities } from './fake-activities.ts';
import { MeshModel } from './mesh-model.ts';

/** Fast where a rotation waits for others, patient where it decides that something takes too long. */
const testTimings: Timings = {
  pollMs: 5,
  settleMs: 0,
  certificateAgeMs: 0,
  issuanceTimeoutMs: 1_000,
  rolloutTimeoutMs: 1_000,
  issuerReloadTimeoutMs: 60_000,
  gatePatienceMs: 60_000,
  probeTimeoutMs: 100,
  deadlineMarginMs: 0,
  naturalChurnMs: 60_000,
};

export interface Wishes extends Partial<Omit<RotationRequest, 'timings'>> {
  readonly timings?: Partial<Timings>;
  readonly mesh?: MeshModel;
}

/** One rotation of a test, on a mesh of its own. */
export interface RunningRotation {
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof rotateTrustAnchor>;
  readonly request: RotationRequest;
  readonly mesh: MeshModel;
  readonly fake: FakeActivities;
  /** Asks until the state is as wanted, and answers with it. */
  readonly until: (
    what: string,
    isMet: (state: RotationState) => boolean | Promise<boolean>,
  ) => Promise<RotationState>;
}

/** A worker with the product's workflows and fake activities, for many rotations. */
export interface Bench {
  readonly client: Client;
  start(wishes?: Wishes, prepare?: (fake: FakeActivities) => void): Promise<RunningRotation>;
  /** Ends what a test has left running, and keeps each history to be replayed after all tests. */
  clean(): Promise<void>;
  stop(): Promise<void>;
}

/** `replayed` keeps nothing in memory, so each step begins with a replay of the whole history. */
export const cacheModes = { cached: 100, replayed: 0 } as const;
export type CacheMode = keyof typeof cacheModes;

const benches = new Map<CacheMode, Promise<Bench>>();
let bundle: Promise<WorkflowBundle> | undefined;

/** The bench of a mode, shared by all tests of a run: a worker takes longer to start than a rotation. */
export function rotationBench(mode: CacheMode): Promise<Bench> {
  const bench = benches.get(mode) ?? startBench(mode);
  benches.set(mode, bench);
  return bench;
}

/** A root hook: it runs after the last test of all files. */
after(async () => {
  for (const bench of benches.values()) await (await bench).stop();
  benches.clear();
  await replayAll();
});

const histories: HistoryAndWorkflowId[] = [];

/** Every rotation of every test once more from its history: what is not deterministic is found here. */
async function replayAll(): Promise<void> {
  if (histories.length === 0) return;
  const options = { workflowBundle: await bundled(), sinks: sinksOf(() => undefined) };
  const failures: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
  }
  histories.length = 0;
  assert.deepEqual(failures, []);
}

function sinksOf(
  publish: (workflowId: string, sight: RotationSight) => void,
): InjectedSinks<RotationSinks> {
  return {
    resource: {
      publish: {
        fn: ({ workflowId }, sight) => publish(workflowId, sight),
        callDuringReplay: false,
      },
      publishExpiry: { fn: () => undefined },
    },
  };
}

/** The workflows, bundled once a run. */
function bundled(): Promise<WorkflowBundle> {
  const { failureConverterPath } = dataConverter;
  bundle ??= bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: quietLogger });
  return bundle;
}

async function startBench(mode: CacheMode): Promise<Bench> {
  quietRuntime();
  const { address } = await temporalServer();
  const taskQueue = uniqueTaskQueue('rotation');
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const client = new Client({ connection, dataConverter });
  const fakes = new Map<string, FakeActivities>();
  const running = new Set<RunningRotation>();
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: await bundled(),
    maxCachedWorkflows: cacheModes[mode],
    activities: dispatched(fakes),
    sinks: sinksOf((workflowId, sight) => fakes.get(workflowId)?.publish(sight)),
    dataConverter,
    maxHeartbeatThrottleInterval: 50,
    defaultHeartbeatThrottleInterval: 50,
  });
  const ended = worker.run();

  return {
    client,
    start: async (wishes = {}, prepare = () => undefined) => {
      const { mesh = new MeshModel(), ...rest } = wishes;
      const request = requestOf(rest);
      const workflowId = rotationWorkflowId(request.cluster);
      const fake = new FakeActivities(mesh);
      prepare(fake);
      fakes.set(workflowId, fake);
      const handle = await client.workflow.start<typeof rotateTrustAnchor>('rotateTrustAnchor', {
        args: [request],
        workflowId,
        taskQueue,
        typedSearchAttributes: [{ key: rotationCluster, value: request.cluster }],
      });
      const rotation = { handle, request, mesh, fake, until: untilOf(handle) };
      running.add(rotation);
      return rotation;
    },
    clean: async () => {
      const rotations = [...running];
      running.clear();
      await Promise.all(rotations.map(terminate));
      for (const { handle } of rotations) {
        histories.push({ workflowId: handle.workflowId, history: await handle.fetchHistory() });
      }
    },
    stop: async () => {
      worker.shutdown();
      await ended;
      await Promise.all([connection.close(), native.close()]);
    },
  };
}

/** Each activity of the contract, done by the fake of the rotation that asks. */
function dispatched(fakes: ReadonlyMap<string, FakeActivities>): object {
  const names = Object.keys(new FakeActivities(new MeshModel()).activities);
  return Object.fromEntries(
    names.map((name) => [
      name,
      (input: unknown) => {
        const id = Context.current().info.workflowExecution?.workflowId ?? '';
        const fake = fakes.get(id);
        if (fake === undefined) throw new Error(`no test knows rotation ${id}`);
        // Sound: the name is one of the contract's, and the input what the workflow sent for it.
        const activity = fake.activities[name as ActivityName] as (input: unknown) => unknown;
        return activity(input);
      },
    ]),
  ) satisfies Partial<Record<keyof RotationActivities, unknown>>;
}

function requestOf({ timings, ...more }: Omit<Wishes, 'mesh'>): RotationRequest {
  return {
    cluster: randomUUID(),
    clusterName: 'test',
    replaces: '',
    planHash: '',
    requestedBy: 'tester',
    method: 'auto',
    pace: 'steady',
    approvals: { 'switch-issuer': 'automatic', 'retire-anchor': 'automatic' },
    restarts: { waveSize: 10 },
    timings: { ...testTimings, ...timings },
    objects: documentedObjects,
    exceptions: [],
    ...more,
  };
}

function untilOf(handle: WorkflowHandle): RunningRotation['until'] {
  return (what, isMet) =>
    waitFor(
      async () => {
        const { state } = await handle.query(statusQuery);
        return (await isMet(state)) ? state : undefined;
      },
      { what },
    );
}

async function terminate({ handle }: RunningRotation): Promise<void> {
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') await handle.terminate('the test has ended');
}
