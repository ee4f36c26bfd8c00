import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeRotation, readStatus } from '../../client/rotation-reading.ts';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { TemporalAccess } from '../../client/temporal.ts';
import { openTemporal } from '../../client/temporal.ts';
import { rotationPhase } from '../../workflows/search-attributes.ts';
import { workflowPage } from '../../domain/web-ui.ts';
import { rotationWorkflowId } from '../../domain/rotation-request.ts';
import type { PhaseRecord, RotationReport } from '../../domain/rotation-state.ts';
import { readClusterId } from '../../mesh/cluster-id.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { SimulatedMesh } from '../../simulator/mesh/start-mesh.ts';
import { coverageGaps, leastHandshakesInAll, PhasePresence } from './demo-coverage.ts';
import type { DemoOptions } from './demo-options.ts';
import type { DemoResult } from './demo-summary.ts';
import { demoTimings, demoWaveSize, timingFlags } from './demo-timings.ts';
import type { LocalMesh } from './local-mesh.ts';
import { startLocalWorker } from './local-worker.ts';
import { StepClock } from './step-clock.ts';
import type { Teardown } from './teardown.ts';
import { startTemporalServer } from './temporal-server.ts';

const clientPath = fileURLToPath(new URL('../../client/main.ts', import.meta.url));

/** What the handshakes after a rotation are counted as. */
const afterwards = 'afterwards';
const longestAfterMs = 60_000;

export interface DemoStage {
  readonly local: LocalMesh;
  readonly kubeConfigPath: string;
  /** For logs. */
  readonly folder: string;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
}

/** Temporal, a worker process, and the command line that a person would type, on the simulated mesh. */
export async function rotateWithClient(
  options: DemoOptions,
  stage: DemoStage,
): Promise<DemoResult> {
  const { local, kubeConfigPath, teardown, say } = stage;
  const temporal = await teardown.start(
    () => startTemporalServer({ log: say }),
    (started) => started.stop(),
  );
  const log = await open(path.join(stage.folder, 'worker.log'), 'w');
  teardown.add(() => log.close());
  await teardown.start(
    () => startLocalWorker({ kubeConfigPath, temporalAddress: temporal.address, log: log.fd }),
    (started) => started.stop(),
  );

  const access = await teardown.start(
    () => openTemporal({ address: temporal.address, identity: 'demo', env: process.env }),
    (opened) => opened.close(),
  );
  const cluster = await clusterOf(local);
  const observer = new RotationObserver(access, cluster, local.mesh);
  const ended = new AbortController();
  const observing = observer.run(ended.signal);
  // It is heard of below; before that it may not end a process that has everything to stop.
  const observed = observing.catch(() => undefined);
  teardown.add(async () => {
    ended.abort();
    await observed;
  });
  const temporalVariables = {
    TEMPORAL_ADDRESS: temporal.address,
    ...(temporal.uiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporal.uiUrl }),
  };
  const env = { ...process.env, ...clusterVariables(kubeConfigPath), ...temporalVariables };
  await runClient(options, env, teardown);
  // Ctrl-C in a terminal ends the client, too: nothing may be asked of Temporal while it is taken away.
  teardown.refuseWhenOver();
  await observer.untilTriedEnough();
  ended.abort();
  await observing;
  return { ...(await observer.result(temporal.uiUrl)), temporal: temporalVariables };
}

/** Pods have addresses of this machine: no API server need forward to them. */
export function clusterVariables(kubeConfigPath: string): Readonly<Record<string, string>> {
  return { KUBECONFIG: kubeConfigPath, TRUST_ROTATION_REACH_PROXIES_BY: 'pod-ip' };
}

async function clusterOf({ kubeConfigYaml }: LocalMesh): Promise<string> {
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: 10_000 });
  try {
    return await readClusterId(kube);
  } finally {
    await kube.close();
  }
}

async function runClient(
  options: DemoOptions,
  env: NodeJS.ProcessEnv,
  teardown: Teardown,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      clientPath,
      'rotate',
      ...['--watch', '--yes', '--by', 'demo', '--cluster-name', 'demo'],
      ...['--approve-automatically', 'all'],
      ...['--method', options.method, '--pace', options.pace],
      ...['--wave-size', String(demoWaveSize), ...timingFlags(demoTimings)],
    ],
    { stdio: 'inherit', env },
  );
  teardown.add(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  // How it went is read from the rotation itself; an exit status could only say less.
  await once(child, 'exit');
}

function tookMs({ startedAt = '', endedAt = '' }: PhaseRecord): number {
  return Date.parse(endedAt) - Date.parse(startedAt);
}

function phaseOf({ typedSearchAttributes }: WorkflowExecutionDescription): string | undefined {
  const phase = typedSearchAttributes.get(rotationPhase);
  return phase === undefined || phase === 'none' ? undefined : phase;
}

/** Follows a rotation so that every handshake is counted in the phase it was made in. */
class RotationObserver {
  readonly #access: TemporalAccess;
  readonly #cluster: string;
  readonly #mesh: SimulatedMesh;
  readonly #presence = new PhasePresence();
  readonly #clock = new StepClock();
  #phase: string | undefined;
  /** From the begin of one look to the end of the next: a phase that was over sooner may not have been seen. */
  #longestGapMs = 0;

  constructor(access: TemporalAccess, cluster: string, mesh: SimulatedMesh) {
    this.#access = access;
    this.#cluster = cluster;
    this.#mesh = mesh;
  }

  /** Looks until `signal`, often enough for phases of a second. What comes before the first change is Preflight. */
  async run(signal: AbortSignal): Promise<void> {
    this.#enter('Preflight');
    for (let lookedMs = performance.now(); !signal.aborted;) {
      const looksMs = performance.now();
      const rotation = await describeRotation(this.#access.client, this.#cluster);
      // Not by a query: the server keeps one of them waiting, and whoever watches asks by queries, too.
      if (rotation?.status.name === 'RUNNING') this.#enter(phaseOf(rotation));
      this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - lookedMs);
      lookedMs = looksMs;
      await delay(100);
    }
    this.#presence.end(this.#mesh.proxies());
  }

  #enter(phase: string | undefined): void {
    if (phase === undefined || phase === this.#phase) return;
    this.#phase = phase;
    this.#clock.begin(phase);
    this.#presence.begin(phase, this.#mesh.proxies());
    this.#mesh.traffic.setPhase(phase);
  }

  /** A rotation that was quick leaves too few handshakes to prove anything: they go on for a while. */
  async untilTriedEnough(): Promise<void> {
    const { traffic } = this.#mesh;
    const isEnough = (): boolean => traffic.snapshot().tried >= leastHandshakesInAll;
    const { kind } = await readStatus(this.#access.client, this.#cluster);
    if (kind !== 'ended' || isEnough()) return;
    this.#clock.begin(afterwards);
    traffic.setPhase(afterwards);
    const deadlineMs = performance.now() + longestAfterMs;
    while (!isEnough() && performance.now() < deadlineMs) await delay(500);
  }

  async result(uiUrl: string | undefined): Promise<DemoResult> {
    const { client, namespace } = this.#access;
    const reading = await readStatus(client, this.#cluster);
    const workflowId = rotationWorkflowId(this.#cluster);
    const traffic = this.#mesh.traffic.snapshot();
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const report = reading.kind === 'ended' ? reading.report : undefined;
    const phases = (report?.phases ?? []).filter(
      (record) => record.state === 'done' && this.#isSeen(record),
    );
    return {
      traffic,
      gaps: coverageGaps(
        traffic,
        this.#presence,
        phases.map(({ phase }) => phase),
      ),
      steps: this.#clock.end(),
      historyEvents: history.events?.length ?? 0,
      oldAnchorIn: this.#holdersOf(report),
      ...(report === undefined ? {} : { report }),
      ...(uiUrl === undefined
        ? {}
        : { runUrl: workflowPage({ base: uiUrl, namespace }, workflowId) }),
    };
  }

  /** Or was to be seen, for all that this machine stood still. */
  #isSeen(record: PhaseRecord): boolean {
    return this.#presence.phases().has(record.phase) || tookMs(record) > this.#longestGapMs;
  }

  /** Asked of the simulated proxies themselves, not of the product. */
  #holdersOf(report: RotationReport | undefined): readonly string[] {
    const a = report?.anchors?.a.certificate.fingerprint;
    return this.#mesh
      .proxies()
      .filter(({ anchors }) => a === undefined || anchors.includes(a))
      .map(({ pod }) => pod);
  }
}
