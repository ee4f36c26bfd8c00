import type { Engine, EngineReply } from '../engine/engine.ts';
import { startEngine } from '../engine/engine.ts';
import type { PaperFleet } from '../fleet/paper-fleet.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

/**
 * Each round shakes hands with every proxy in both ways, one right after the other, and the round in the
 * middle counts: on a shared machine the price of one and the same handshake drifts by a tenth within minutes.
 */
const rounds = 5;

/** Asks every proxy what it presents and what it holds, against a loop of `tls.connect` as wide. */
export async function benchProbing(stage: Stage): Promise<readonly Row[]> {
  const { say, teardown, options } = stage;
  const fleet = await stage.paperFleet(options.pods);
  const engine = await startEngine(fleet.local.kubeConfigYaml);
  teardown.add(() => engine.stop());
  say('asking every proxy anew, and shaking hands with each in between …');
  // Makes the probe and warms both ways up.
  await engine.ask({ kind: 'survey', fresh: true });
  const taken: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bare = await bareRate(engine, fleet);
    taken.push({ bare, probing: await probingRate(engine, fleet) });
  }
  await engine.stop();
  const { bare, probing } = middleOf(taken);
  const about = { bench: 'probing', unit: 'handshakes/s' };
  const pods = options.pods.toLocaleString('en-US');
  return [
    rowOf({
      ...about,
      name: `probing ${pods} proxies`,
      value: probing.perSecond,
      baseline: bare.perSecond,
      against: 'bare tls.connect, as many at once',
      goal: { of: 'ratio', atLeast: 0.9 },
    }),
    rowOf({
      bench: 'probing',
      name: `probing ${pods} proxies: handshakes`,
      value: probing.handshakes,
      baseline: options.pods,
      unit: 'handshakes',
      against: 'proxies',
    }),
  ];
}

interface Rate {
  readonly perSecond: number;
  readonly handshakes: number;
}

interface Round {
  readonly bare: Rate;
  readonly probing: Rate;
}

function middleOf(taken: readonly Round[]): Round {
  const ratioOf = ({ bare, probing }: Round): number => probing.perSecond / bare.perSecond;
  const sorted = taken.toSorted((one, other) => ratioOf(one) - ratioOf(other));
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no round was taken');
  return middle;
}

async function bareRate(engine: Engine, { addresses, pair }: PaperFleet): Promise<Rate> {
  const { cost } = await engine.ask({ kind: 'handshakes', addresses, pair });
  const seconds = (cost?.wallMs ?? NaN) / 1_000;
  return { perSecond: addresses.length / seconds, handshakes: addresses.length };
}

async function probingRate(engine: Engine, { listeners }: PaperFleet): Promise<Rate> {
  const before = await listeners.handshakes();
  const { survey } = await engine.ask({ kind: 'survey', fresh: true });
  const handshakes = (await listeners.handshakes()) - before;
  return { perSecond: handshakes / (askingMsOf(survey) / 1_000), handshakes };
}

function askingMsOf(survey: EngineReply['survey']): number {
  const { proxies = 0, known = 0, askingMs = NaN, note = '' } = survey ?? {};
  if (known === proxies) return askingMs;
  throw new Error(`only ${String(known)} of ${String(proxies)} proxies have answered: ${note}`);
}
