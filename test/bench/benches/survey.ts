import { componentsBinary } from '../../real-cluster/components-binary.ts';
import type { Engine } from '../engine/engine.ts';
import { startEngine } from '../engine/engine.ts';
import type { Cost } from '../engine/meter.ts';
import { measureProgram } from '../measure-program.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

const mebibyte = 1_048_576;
/** Taken in turns, so that what else the machine does meets both; the middle one counts. */
const rounds = 5;

/**
 * A survey in which nothing is new: what watching a gate costs, again and again. Against one list of
 * the same pods, page by page, with the same client, and against kubectl.
 */
export async function benchSurvey(stage: Stage): Promise<readonly Row[]> {
  const { say, teardown, options } = stage;
  const fleet = await stage.paperFleet(options.pods);
  const { kubeConfigYaml } = fleet.local;
  const engine = await startEngine(kubeConfigYaml);
  teardown.add(() => engine.stop());
  say('asking every proxy once …');
  await surveyed(engine);
  say(`surveying ${String(rounds)} times, and listing in between …`);
  const surveys: Cost[] = [];
  const lists: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) {
    lists.push(costOf(await engine.ask({ kind: 'list' })));
    surveys.push(await surveyed(engine));
  }
  await engine.stop();
  const survey = middle(surveys);
  const list = middle(lists);
  const pods = options.pods.toLocaleString('en-US');
  const row = rowsAbout(`survey of ${pods} pods`, { survey, list });
  const rows = [
    row('time', 's', (cost) => cost.wallMs / 1_000, { of: 'ratio', atMost: 1.5 }),
    row('CPU', 's', (cost) => cost.cpuMs / 1_000),
    row('bytes read', 'MiB', (cost) => cost.bytes / mebibyte),
    row('requests', 'requests', (cost) => cost.requests),
    row('peak memory above idle', 'MiB', (cost) => cost.peakBytes / mebibyte, {
      of: 'value',
      atMost: 64,
    }),
  ];
  if (options.cluster === 'simulated') return rows;
  const kubectl = await measureProgram(
    await componentsBinary(say),
    ['kubectl', 'get', 'pods', '-A', '-o', 'json'],
    { kubeConfigYaml, timeoutMs: 120_000 },
  );
  const against = 'kubectl get pods -A -o json';
  const about = { bench: 'survey', against };
  return [
    ...rows,
    rowOf({
      ...about,
      name: `survey of ${pods} pods: time`,
      value: survey.wallMs / 1_000,
      baseline: kubectl.wallMs / 1_000,
      unit: 's',
    }),
    rowOf({
      ...about,
      name: `survey of ${pods} pods: bytes read`,
      value: survey.bytes / mebibyte,
      baseline: kubectl.bytes / mebibyte,
      unit: 'MiB',
    }),
    rowOf({
      ...about,
      name: `survey of ${pods} pods: peak memory`,
      value: survey.peakBytes / mebibyte,
      baseline: kubectl.peakBytes / mebibyte,
      unit: 'MiB',
    }),
  ];
}

function rowsAbout(
  name: string,
  { survey, list }: { readonly survey: Cost; readonly list: Cost },
): (
  what: string,
  unit: string,
  of: (cost: Cost) => number,
  goal?: Parameters<typeof rowOf>[0]['goal'],
) => Row {
  return (what, unit, of, goal) =>
    rowOf({
      bench: 'survey',
      name: `${name}: ${what}`,
      value: of(survey),
      baseline: of(list),
      unit,
      against: 'one bare paged list',
      ...(goal === undefined ? {} : { goal }),
    });
}

async function surveyed(engine: Engine): Promise<Cost> {
  const reply = await engine.ask({ kind: 'survey', fresh: false });
  const { proxies = 0, known = 0, note = '' } = reply.survey ?? {};
  if (known !== proxies) {
    throw new Error(
      `the survey knows only ${String(known)} of ${String(proxies)} proxies: ${note}`,
    );
  }
  return costOf(reply);
}

function costOf({ cost }: { readonly cost?: Cost }): Cost {
  if (cost === undefined) throw new Error('the engine did not tell what it cost');
  return cost;
}

function middle(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((one, other) => one.wallMs - other.wallMs);
  const cost = sorted[Math.floor(sorted.length / 2)];
  if (cost === undefined) throw new Error('nothing was measured');
  // A memory limit must hold the most that any round takes.
  return { ...cost, peakBytes: Math.max(...costs.map(({ peakBytes }) => peakBytes)) };
}
