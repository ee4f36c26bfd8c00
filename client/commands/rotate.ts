import type { Command } from 'commander';
import { z } from 'zod';
import type { PlanRotationResult } from '../../activities/contract.ts';
import type { RotationRequest } from '../../domain/rotation-request.ts';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { refuseBesideRenewal } from '../issuer-renewal-client.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import type { GlobalOptions } from '../options.ts';
import { globalOptionsOf, sameCommand } from '../options.ts';
import { renderPlan } from '../plan-text.ts';
import { columnsOf, print } from '../print.ts';
import { refuseSecondRotation, startRotation } from '../rotation-client.ts';
import type { RotationOptions } from '../rotation-options.ts';
import {
  addRotationOptions,
  approvalsOf,
  questionOf,
  rotationOptionsOf,
} from '../rotation-options.ts';
import type { RotationAccess } from '../session.ts';
import { withPerson } from '../session.ts';
import { surveyAndPlan } from '../survey-and-plan.ts';
import { checkSearchAttributes, checkWorker } from '../temporal-readiness.ts';
import { watchRotation } from '../watch-rotation.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const rotateOptions = z.object({
  yes: z.boolean().default(false),
  watch: z.boolean().default(false),
});

interface Wishes {
  readonly globals: GlobalOptions;
  readonly rotation: RotationOptions;
  readonly yes: boolean;
  readonly watch: boolean;
}

export const rotateCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'rotate',
    'show the plan, ask, and start the rotation or take up one that has stopped',
    [
      'linkerd-trust rotate --watch',
      'linkerd-trust rotate --yes --pace natural --approve-automatically switch-issuer',
    ],
  );
  return addRotationOptions(command)
    .option('--yes', 'do not ask; needed where nobody can be asked')
    .option('--watch', 'go on with the live view')
    .action(async (_: unknown, self: Command) => {
      const wishes: Wishes = {
        globals: globalOptionsOf(self),
        rotation: rotationOptionsOf(self),
        ...rotateOptions.parse(self.opts()),
      };
      refuseWithoutTerminal(context, wishes);
      done(
        await withPerson(context, wishes.globals, (access, by) =>
          rotate({ context, self, wishes, access, by }),
        ),
      );
    });
};

interface Rotate {
  readonly context: CommandContext;
  readonly self: Command;
  readonly wishes: Wishes;
  readonly access: RotationAccess;
  readonly by: string;
}

/** What is quickly found out comes before the survey, which takes its time. */
async function rotate({ context, self, wishes, access, by }: Rotate): Promise<ExitCode> {
  const { client, cluster } = access;
  await refuseSecondRotation(client, cluster);
  await refuseBesideRenewal(client, cluster);
  const { unseen } = await checkSearchAttributes(client);
  if (unseen !== undefined) context.stderr.write(`Note: ${unseen}.\n`);
  await checkWorker(client, { cluster: cluster.id });
  const mesh = meshSettingsOf(self, await readResource(cluster.kube));
  const question = questionOf(wishes.rotation, { by, ...mesh });
  const { reach } = wishes.rotation;
  const found = await surveyAndPlan(context, cluster, { question, reach });
  const planText = renderPlan(found, {
    clusterName: cluster.name,
    approvals: approvalsOf(wishes.rotation),
    origin: mesh.origin,
    columns: columnsOf(context),
    nowMs: context.now(),
  });
  showPlan(context, wishes, planText);
  if (found.alreadyRotated) return sayAlreadyRotated(context, wishes.globals, found);
  refuseBlockers(found, cluster.name);
  if (!(await isWanted(context, wishes))) return ExitCode.refused;
  const request: RotationRequest = {
    ...question,
    replaces: found.plan.anchors.a.fingerprint,
    cluster: cluster.id,
    clusterName: cluster.name,
    planHash: found.planHash,
    requestedBy: by,
    approvals: approvalsOf(wishes.rotation),
  };
  const started = await startRotation(client, request, planText);
  const webUi = access.pageOf(started.workflowId);
  const command = sameCommand(wishes.globals);
  print(context, wishes.globals, {
    json: { ...started, ...(webUi === undefined ? {} : { webUi }), ...found },
    text: () => [
      `Started ${started.workflowId}`,
      ...(webUi === undefined ? [] : [`Web UI: ${webUi}`]),
      ...(wishes.watch ? [''] : [`Next step: ${command} watch`]),
    ],
  });
  return wishes.watch
    ? watchRotation(context, wishes.globals, access, { wasStarted: true })
    : ExitCode.ok;
}

function refuseWithoutTerminal({ canAsk }: CommandContext, { yes }: Wishes): void {
  if (yes || canAsk) return;
  throw new CommandError(ExitCode.usage, {
    tried: 'ask whether the plan is wanted',
    happened: 'there is no terminal to ask on',
    nextStep: 'look at linkerd-trust plan, then run rotate with --yes',
  });
}

/** With --output json the only document on stdout is the answer, so people read the plan beside it. */
function showPlan(context: CommandContext, { globals }: Wishes, planText: string[]): void {
  const output = globals.output === 'json' ? context.stderr : context.stdout;
  output.write(`${planText.join('\n')}\n\n`);
}

function sayAlreadyRotated(
  context: CommandContext,
  globals: GlobalOptions,
  found: PlanRotationResult,
): ExitCode {
  print(context, globals, {
    json: found,
    text: () => ['Already rotated: the anchor that --replaces names is not in use. Nothing to do.'],
  });
  return ExitCode.ok;
}

function refuseBlockers({ plan }: PlanRotationResult, clusterName: string): void {
  const [first] = plan.blockers;
  if (first === undefined) return;
  throw new CommandError(ExitCode.blocked, {
    tried: `start a rotation of ${clusterName}`,
    happened: `the plan has blockers that no wait will cure: ${plan.blockers.map(({ what }) => what).join(', ')}`,
    nextStep: first.remedy,
  });
}

async function isWanted(context: CommandContext, { yes }: Wishes): Promise<boolean> {
  if (yes) return true;
  const answer = await context.ask('Start this rotation? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return true;
  context.stderr.write('Not started; nothing was changed.\n');
  return false;
}
