import type { TimedRotation } from '../rotation/bare-rotation.ts';
import { rotateBare, untilAtRest } from '../rotation/bare-rotation.ts';
import type { FullRotation } from '../rotation/full-rotation.ts';
import { rotateFully } from '../rotation/full-rotation.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

/** A whole rotation against the same actions with nothing around them, and the history it leaves. */
export async function benchRotation(stage: Stage): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const proxies of stage.options.sizes) rows.push(...(await rotationAt(stage, proxies)));
  return rows;
}

async function rotationAt(stage: Stage, proxies: number): Promise<readonly Row[]> {
  const { say, options } = stage;
  const mesh = await stage.rotationMesh({ cluster: options.cluster, proxies });
  say('doing the same actions with nothing around them …');
  const bare = await rotateBare(mesh);
  say(`${(bare.wallMs / 1_000).toFixed(0)} s; now a rotation …`);
  await mesh.startWorker();
  await untilAtRest(mesh);
  const full = await rotateFully(mesh);
  say(phaseLine(full));
  return rowsOf(proxies, bare, full);
}

/** The size that the time has a goal for: looking takes some ten seconds at any size, which few proxies feel. */
const judgedProxies = 400;

export function rowsOf(
  proxies: number,
  bare: Pick<TimedRotation, 'wallMs' | 'turnoverMs'>,
  full: Omit<FullRotation, 'report'>,
): readonly Row[] {
  const name = `rotation of ${proxies.toLocaleString('en-US')} proxies`;
  const inherentMs = bare.wallMs - bare.turnoverMs + full.turnoverMs;
  const bench = 'rotation';
  return [
    rowOf({
      bench,
      name: `${name}: time`,
      value: full.wallMs / 1_000,
      baseline: inherentMs / 1_000,
      unit: 's',
      against: 'issuances, rollouts and leaves alone',
      ...(proxies === judgedProxies && { goal: { of: 'ratio', atMost: 1.1 } }),
    }),
    rowOf({
      bench,
      name: `${name}: history events`,
      value: full.historyEvents,
      baseline: proxies,
      unit: 'events',
      against: 'proxies',
      goal: { of: 'value', atMost: 800 },
    }),
    rowOf({
      bench,
      name: `${name}: history`,
      value: full.historyBytes / 1_024,
      baseline: full.historyEvents,
      unit: 'KiB',
      against: 'events',
    }),
  ];
}

function phaseLine({ report, wallMs }: FullRotation): string {
  const phases = report.phases.map(({ phase, startedAt, endedAt }) => {
    const ms = Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
    return `${phase} ${(ms / 1_000).toFixed(1)}`;
  });
  return `${(wallMs / 1_000).toFixed(0)} s: ${phases.join(', ')}`;
}
