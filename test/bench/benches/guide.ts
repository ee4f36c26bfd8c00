import type { GuideOrder, ScriptRun } from '../guide/run-script.ts';
import { runGuideScript } from '../guide/run-script.ts';
import type { Account } from '../rotation/account.ts';
import { accountFor } from '../rotation/account.ts';
import { untilAtRest } from '../rotation/bare-rotation.ts';
import { rotateFully } from '../rotation/full-rotation.ts';
import type { RotationMesh } from '../rotation/rotation-mesh.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

/** Enough to see what the guide's order of 2025 breaks; each connection costs two signatures. */
const trafficPerSecond = 40;
/** `rotate` and two approvals: what the defaults ask of a person. */
const ownSteps = 3;

interface Run extends Account {
  readonly wallMs: number;
  readonly steps: number;
}

interface ScriptedRun extends Run {
  /** How the table calls it. */
  readonly name: string;
}

/** A rotation of ours against what people use today: the guide as a script, on the same mesh. */
export async function benchGuide(stage: Stage): Promise<readonly Row[]> {
  const { say, options } = stage;
  if (options.cluster === 'simulated') {
    throw new Error('the scripts need kubectl, and kubectl needs --cluster real');
  }
  const proxies = Math.min(...options.sizes);
  const mesh = await stage.rotationMesh({ cluster: 'real', proxies, trafficPerSecond });
  mesh.local.mesh.traffic.start();
  await mesh.startWorker();
  // First, for after fixed waits nobody knows what pods hold, and what they break takes a while to heal.
  say('a rotation …');
  const { result, account } = await accountFor(mesh, () => rotateFully(mesh));
  const own: Run = { ...account, wallMs: result.wallMs, steps: ownSteps };
  await untilAtRest(mesh);
  say(`${names.corrected} …`);
  const corrected = await scripted('corrected', stage, mesh);
  say(`${names['2025']} …`);
  const old = await scripted('2025', stage, mesh);
  return [old, corrected].flatMap((other) => rowsAgainst(other, { proxies, own }));
}

const names: Readonly<Record<GuideOrder, string>> = {
  '2025': "the guide's order of 2025",
  corrected: "the guide's order, corrected",
};

async function scripted(
  order: GuideOrder,
  { say }: Stage,
  mesh: RotationMesh,
): Promise<ScriptedRun> {
  const { result, account } = await accountFor<ScriptRun>(mesh, () => runGuideScript(order, mesh));
  const { wallMs, steps, stuck } = result;
  if (stuck !== undefined) say(`${names[order]} got stuck: ${stuck}`);
  const name = stuck === undefined ? names[order] : `${names[order]}, until it got stuck`;
  return { ...account, wallMs, steps: steps.length, name };
}

function rowsAgainst(
  other: ScriptedRun,
  { proxies, own }: { readonly proxies: number; readonly own: Run },
): readonly Row[] {
  const name = `rotation of ${String(proxies)} proxies`;
  const about = { bench: 'guide', against: other.name };
  return [
    rowOf({
      ...about,
      name: `${name}: failed handshakes`,
      value: own.failedHandshakes,
      baseline: other.failedHandshakes,
      unit: 'handshakes',
      goal: { of: 'value', atMost: 0 },
    }),
    rowOf({
      ...about,
      name: `${name}: time`,
      value: own.wallMs / 1_000,
      baseline: other.wallMs / 1_000,
      unit: 's',
    }),
    rowOf({
      ...about,
      name: `${name}: workloads restarted`,
      value: own.restarts,
      baseline: other.restarts,
      unit: 'restarts',
    }),
    rowOf({
      ...about,
      name: `${name}: human steps`,
      value: own.steps,
      baseline: other.steps,
      unit: 'steps',
    }),
  ];
}
