import type { GuideOrder, ScriptRun } from '../guide/run-script.ts';
import { runGuideScript } from '../guide/run-script.ts';
import type { Account } from '../rotation/account.ts';
import { accountFor } from '../rotation/account.ts';
import { untilAtRest } from '../rotation/bare-rotation.ts';
import { rotateFully } from '../rotation/full-rotation.ts';
import type { RotationMesh } from '../rotation/rotation-mesh.ts';
import { startRotationMesh } from '../rotation/rotation-mesh.ts';
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

/** A rotation of ours against what people use today: the guide as a script, on the same mesh. */
export async function benchGuide(stage: Stage): Promise<readonly Row[]> {
  const { say, teardown, options } = stage;
  if (options.cluster === 'simulated') {
    throw new Error('the scripts need kubectl, and kubectl needs --cluster real');
  }
  const proxies = Math.min(...options.sizes);
  const mesh = await startRotationMesh({ cluster: 'real', proxies, say, trafficPerSecond });
  teardown.add(() => mesh.stop());
  try {
    mesh.local.mesh.traffic.start();
    say("the guide's order, corrected …");
    const corrected = await scripted('corrected', mesh);
    await untilAtRest(mesh);
    await mesh.startWorker();
    say('a rotation …');
    const { result, account } = await accountFor(mesh, () => rotateFully(mesh));
    const own: Run = { ...account, wallMs: result.wallMs, steps: ownSteps };
    await untilAtRest(mesh);
    // Last, for what it breaks takes a while to heal.
    say("the guide's order of 2025 …");
    const old = await scripted('2025', mesh);
    return [
      ...rowsAgainst("the guide's order of 2025", { proxies, own, other: old }),
      ...rowsAgainst("the guide's order, corrected", { proxies, own, other: corrected }),
    ];
  } finally {
    await mesh.stop();
  }
}

async function scripted(order: GuideOrder, mesh: RotationMesh): Promise<Run> {
  const { result, account } = await accountFor<ScriptRun>(mesh, () => runGuideScript(order, mesh));
  return { ...account, wallMs: result.wallMs, steps: result.steps.length };
}

function rowsAgainst(
  against: string,
  { proxies, own, other }: { readonly proxies: number; readonly own: Run; readonly other: Run },
): readonly Row[] {
  const name = `rotation of ${String(proxies)} proxies`;
  const about = { bench: 'guide', against };
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
