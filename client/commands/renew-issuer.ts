import type { Command } from 'commander';
import { shortFingerprint } from '../../domain/certificate.ts';
import type { IssuerLine, IssuerRenewalReport } from '../../domain/issuer-renewal.ts';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { counted, formatDue, table, wrap } from '../format.ts';
import { startIssuerRenewal } from '../issuer-renewal-client.ts';
import { looking } from '../looking.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { addObjectOptions } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { blockerLines } from '../plan-text.ts';
import { columnsOf, print } from '../print.ts';
import { refuseSecondRotation } from '../rotation-client.ts';
import { reachOption, surveyOptionsOf, timingOption } from '../rotation-options.ts';
import type { RotationAccess } from '../session.ts';
import { withPerson } from '../session.ts';
import { checkWorker } from '../temporal-readiness.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const codes: Readonly<Record<IssuerRenewalReport['outcome'], ExitCode>> = {
  renewed: ExitCode.ok,
  refused: ExitCode.refused,
  'not-adopted': ExitCode.notRotated,
  failed: ExitCode.notRotated,
};

export const renewIssuerCommand: CommandFactory = (context, done) =>
  addObjectOptions(
    describeCommand(
      'renew-issuer',
      'renew the identity issuer alone, and see every identity replica sign with it',
      ['linkerd-trust renew-issuer', 'linkerd-trust renew-issuer --by ada --output json'],
    ),
  )
    .addOption(timingOption())
    .addOption(reachOption().hideHelp())
    .action(async (_: unknown, self: Command) => {
      const options = globalOptionsOf(self);
      done(
        await withPerson(context, options, (access, by) => renew({ context, self, access, by })),
      );
    });

interface Renew {
  readonly context: CommandContext;
  readonly self: Command;
  readonly access: RotationAccess;
  readonly by: string;
}

async function renew({ context, self, access, by }: Renew): Promise<ExitCode> {
  const { client, cluster, pageOf } = access;
  await refuseSecondRotation(client, cluster, {
    tried: `renew the identity issuer of ${cluster.name}`,
    beside: 'a rotation',
  });
  await checkWorker(client, { cluster: cluster.id });
  const { objects } = meshSettingsOf(self, await readResource(cluster.kube));
  const started = await startIssuerRenewal(client, {
    cluster: cluster.id,
    clusterName: cluster.name,
    requestedBy: by,
    objects,
    timings: surveyOptionsOf(self, context.env).timings,
  });
  const page = pageOf(started.workflowId);
  const report = await looking(context, `renew the identity issuer of ${cluster.name}`, () =>
    unlessLeft(context, started.result()),
  );
  const { workflowId, runId } = started;
  print(context, globalOptionsOf(self), {
    json: { workflowId, runId, ...report },
    text: () => [
      ...reportLines(report, columnsOf(context), context.now()),
      ...(page === undefined ? [] : ['', `Web UI: ${page}`]),
    ],
  });
  return codes[report.outcome];
}

/** The renewal does not depend on who looks: Ctrl-C leaves it running. */
function unlessLeft<Result>(
  { interrupted }: CommandContext,
  work: Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(
        new CommandError(ExitCode.interrupted, {
          tried: 'wait for the renewal',
          happened: 'it was left running',
          nextStep: 'linkerd-trust check shows whether every replica has taken the issuer up',
        }),
      );
    };
    interrupted.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => {
      interrupted.removeEventListener('abort', leave);
    });
  });
}

const endings: Readonly<Record<IssuerRenewalReport['outcome'], string>> = {
  renewed: 'The identity issuer was renewed, and every identity replica signs with it.',
  refused: 'Nothing was changed.',
  'not-adopted': 'The identity issuer was renewed, but not every replica signs with it.',
  failed: 'The renewal of the identity issuer did not come to its end.',
};

function reportLines(report: IssuerRenewalReport, columns: number, nowMs: number): string[] {
  const { outcome, reason, before, after, adopted, restarted, laggards } = report;
  const named = (issuer: IssuerLine | undefined): string =>
    issuer === undefined
      ? 'none'
      : `${shortFingerprint(issuer.fingerprint)}, ends ${formatDue(issuer.notAfter, nowMs)}`;
  return [
    endings[outcome],
    ...(reason === undefined ? [] : wrap(reason, columns)),
    '',
    ...table(
      [
        ['issuer before', named(before)],
        ['issuer now', named(outcome === 'refused' ? before : after)],
        ['identity', `${counted(adopted, 'replica')} with the new issuer`],
        ['restarted', restarted.length === 0 ? 'nothing' : restarted.join(', ')],
      ],
      columns,
    ),
    ...blockerLines(laggards, columns),
  ];
}
