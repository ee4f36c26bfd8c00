import { setTimeout as delay } from 'node:timers/promises';
import { defaultTimings } from '../../../domain/rotation-request.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { switchToBridge } from '../bare-steps.ts';
import type { Engine } from '../engine/engine.ts';
import { startEngine } from '../engine/engine.ts';
import type { WatchMeter } from '../engine/watch.ts';
import type { PaperFleet } from '../fleet/paper-fleet.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

/** Small meshes must be noticed within a second, the largest within ten. */
const smallMesh = 400;
const smallGoalSeconds = 1;
const goalSeconds = 10;

/** How many proxies hold the gate up while nothing happens. */
const laggardShare = 0.1;
/** At least; what is measured then is whole rounds, each a rest and the survey that ends it. */
const quietMs = 30_000;
const roundTimeoutMs = 600_000;
/** Then all but one converge over this time, as leaves are refreshed one by one. */
const turnoverMs = 5_000;
const turnoverSteps = 20;
const lastOneMs = 3_000;

/**
 * From the moment that the last proxy has converged to the moment that the gate passes, and what the
 * watch costs meanwhile, with the timings of production.
 */
export async function benchDetection(stage: Stage): Promise<readonly Row[]> {
  // That of the benches before comes first: it may still be up.
  const sizes = [...new Set([stage.options.pods, smallMesh])];
  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await detectionAt(stage, size)));
  return rows;
}

async function detectionAt(stage: Stage, size: number): Promise<readonly Row[]> {
  const { say, teardown } = stage;
  const fleet = await stage.paperFleet(size);
  const { kubeConfigYaml } = fleet.local;
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: 30_000 });
  teardown.add(() => kube.close());
  await switchToBridge(kube);
  await fleet.addPair('bridged');
  const engine = await startEngine(kubeConfigYaml);
  teardown.add(() => engine.stop());

  const laggards = Math.max(2, Math.round(size * laggardShare));
  const [early, late] = [fleet.addresses.slice(laggards), fleet.addresses.slice(0, laggards)];
  await fleet.listeners.present(early, 'bridged');
  say(`watching ${String(size)} proxies, of which ${String(laggards)} lag …`);
  const { pollMs } = defaultTimings;
  const watching = engine.ask({ kind: 'watch', gate: 'leaves-under-new-anchor', pollMs });
  // A failure of the watch ends the wait for its first report.
  await Promise.race([untilConverged(engine, early.length), watching]);
  const { before, after } = await wholeRounds(engine);
  await turnOver(fleet, late.slice(1));
  await delay(lastOneMs);
  const convergedAtMs = Date.now();
  await fleet.listeners.present(late.slice(0, 1), 'bridged');
  const { watch } = await watching;
  if (watch === undefined) throw new Error('the engine did not tell when the gate passed');
  const { cost: list } = await engine.ask({ kind: 'list' });
  await engine.stop();
  return rowsOf(size, {
    latencyMs: watch.passedAtMs - convergedAtMs,
    listMs: list?.wallMs ?? NaN,
    cpuShare: (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs),
    requestsPerSecond: ((after.requests - before.requests) * 1_000) / (after.atMs - before.atMs),
  });
}

function rowsOf(
  size: number,
  seen: {
    readonly latencyMs: number;
    readonly listMs: number;
    readonly cpuShare: number;
    readonly requestsPerSecond: number;
  },
): readonly Row[] {
  const name = `detection at ${size.toLocaleString('en-US')} proxies`;
  const bench = 'detection';
  return [
    rowOf({
      bench,
      name: `${name}: latency`,
      value: seen.latencyMs / 1_000,
      baseline: seen.listMs / 1_000,
      unit: 's',
      against: 'one bare paged list',
      goal: { of: 'value', atMost: size <= smallMesh ? smallGoalSeconds : goalSeconds },
    }),
    rowOf({
      bench,
      name: `${name}: CPU while waiting`,
      value: 100 * seen.cpuShare,
      baseline: 100,
      unit: '%',
      against: 'one core',
      goal: { of: 'value', atMost: 5 },
    }),
    rowOf({
      bench,
      name: `${name}: API requests while waiting`,
      value: seen.requestsPerSecond,
      baseline: 1_000 / defaultTimings.pollMs,
      unit: 'requests/s',
      against: 'one at each poll',
      goal: { of: 'value', atMost: 2 },
    }),
  ];
}

/**
 * A watch rests for a multiple of what its survey took: a stretch without the end of a survey would show
 * the rest alone.
 */
async function wholeRounds(
  engine: Engine,
): Promise<{ readonly before: WatchMeter; readonly after: WatchMeter }> {
  const before = await untilSurveyed(engine, (await meterOf(engine)).surveys);
  await delay(quietMs);
  const after = await untilSurveyed(engine, (await meterOf(engine)).surveys);
  return { before, after };
}

async function untilSurveyed(engine: Engine, surveys: number): Promise<WatchMeter> {
  const deadlineMs = Date.now() + roundTimeoutMs;
  for (;;) {
    const meter = await meterOf(engine);
    if (meter.surveys > surveys) return meter;
    if (Date.now() > deadlineMs) throw new Error('the watch has not surveyed again in time');
    await delay(200);
  }
}

async function untilConverged(engine: Engine, wanted: number): Promise<void> {
  while (((await meterOf(engine)).converged ?? 0) < wanted) await delay(200);
}

async function meterOf(engine: Engine): Promise<WatchMeter> {
  const { meter } = await engine.ask({ kind: 'meter' });
  if (meter === undefined) throw new Error('the engine did not read its meter');
  return meter;
}

async function turnOver({ listeners }: PaperFleet, addresses: readonly string[]): Promise<void> {
  const share = Math.ceil(addresses.length / turnoverSteps);
  for (let at = 0; at < addresses.length; at += share) {
    await listeners.present(addresses.slice(at, at + share), 'bridged');
    await delay(turnoverMs / turnoverSteps);
  }
}
