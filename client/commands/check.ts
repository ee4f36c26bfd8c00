import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { allChecks } from '../../domain/checks/all-checks.ts';
import type { CheckCategory, CheckVerdict } from '../../domain/checks/check.ts';
import { worstOf } from '../../domain/checks/check.ts';
import { parseGoDuration } from '../../domain/go-duration.ts';
import { checkAnswerOf } from '../answers/check-answer.ts';
import { hintsFor } from '../check-hints.ts';
import { renderChecks } from '../check-text.ts';
import type { ClusterAccess } from '../cluster.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { looking } from '../looking.ts';
import type { MeshSettings } from '../mesh-settings.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { addObjectOptions } from '../object-options.ts';
import type { GlobalOptions } from '../options.ts';
import { globalOptionsOf } from '../options.ts';
import { columnsOf, print } from '../print.ts';
import {
  addSourceOptions,
  reachOption,
  surveyOptionsOf,
  timingOption,
} from '../rotation-options.ts';
import { withCluster } from '../session.ts';
import { readTemporalFacts } from '../temporal-facts.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const checkOptions = z.object({
  namespace: z.string().optional(),
  pre: z.boolean().default(false),
  wait: z.number(),
});

/** The default of `linkerd check`; only what is on its way is waited for. */
const defaultWait = '5m0s';
const lookIntervalMs = 1_000;

const codes: Readonly<Record<CheckVerdict, ExitCode>> = {
  success: ExitCode.ok,
  warning: ExitCode.checkWarned,
  error: ExitCode.checkFailed,
};

export const checkCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'check',
    'check everything that trust in this mesh rests on; also part of "linkerd check"',
    ['linkerd-trust check', 'linkerd-trust check --output short', 'linkerd check'],
  );
  return (
    addSourceOptions(addObjectOptions(command))
      .option('-n, --namespace <name>', 'look at the proxies of this namespace only')
      .option('--pre', 'only what must be there before Linkerd is installed')
      .option('--proxy', 'taken for the sake of linkerd: proxies are always checked')
      .option(
        '--wait <duration>',
        'how long to wait for what is on its way (a Go duration)',
        parseWait,
        parseWait(defaultWait),
      )
      .addOption(reachOption())
      .addOption(timingOption())
      // What a later linkerd passes to its extensions must not break this one.
      .allowUnknownOption()
      .argument('[more...]', 'passed over')
      .action(async (_more: unknown, _options: unknown, self: Command) => {
        const options = globalOptionsOf(self);
        const code = await withCluster(context, options, async (cluster) => {
          const mesh = meshSettingsOf(self, await readResource(cluster.kube));
          return check({ context, self, cluster, mesh });
        });
        done(code);
      })
  );
};

interface CheckRun {
  readonly context: CommandContext;
  readonly self: Command;
  readonly cluster: ClusterAccess;
  readonly mesh: MeshSettings;
}

async function check(run: CheckRun): Promise<ExitCode> {
  const { context, self, cluster, mesh } = run;
  const options = globalOptionsOf(self);
  const categories = await looking(context, `check ${cluster.name}`, (tell) =>
    untilSettled(context, checkOptions.parse(self.opts()).wait, () => look(run, options, tell)),
  );
  const hintOf = hintsFor(context.env);
  print(context, options, {
    json: checkAnswerOf(categories, hintOf),
    text: () =>
      renderChecks(categories, {
        columns: columnsOf(context),
        isShort: options.short === true,
        hintOf,
        origin: mesh.origin,
      }),
  });
  return codes[worstOf(categories)];
}

async function look(
  { context, self, cluster, mesh }: CheckRun,
  options: GlobalOptions,
  onProgress: (text: string) => void,
): Promise<readonly CheckCategory[]> {
  const { pre: isBefore, namespace } = checkOptions.parse(self.opts());
  const { timings, reach } = surveyOptionsOf(self, context.env);
  const question = {
    objects: mesh.objects,
    sources: mesh.sources,
    timings,
    isBefore,
    signal: context.interrupted,
    onProgress,
  };
  const [facts, temporal] = await Promise.all([
    context.connectors.checkerFor(cluster.kube, reach)(question),
    readTemporalFacts(context, options, cluster.id),
  ]);
  return allChecks(facts, temporal, { isBefore, namespace });
}

/** Looks again while something that fails is on its way, at most `waitMs` long. */
async function untilSettled(
  { interrupted }: CommandContext,
  waitMs: number,
  lookOnce: () => Promise<readonly CheckCategory[]>,
): Promise<readonly CheckCategory[]> {
  const giveUpAtMs = Date.now() + waitMs;
  for (;;) {
    const categories = await lookOnce();
    const mayPass = categories.some(({ checks }) => checks.some((one) => one.mayPass));
    if (!mayPass || Date.now() + lookIntervalMs > giveUpAtMs) return categories;
    await delay(lookIntervalMs, undefined, { signal: interrupted });
  }
}

function parseWait(text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('Write a duration as Go does: 30s, 5m0s.');
}
