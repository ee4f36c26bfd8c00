import type { Command } from 'commander';
import { ExitCode } from '../exit-codes.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { globalOptionsOf, personOf, sameCommand } from '../options.ts';
import { renderPlan } from '../plan-text.ts';
import { columnsOf, print } from '../print.ts';
import {
  addRotationOptions,
  approvalsOf,
  questionOf,
  rotationOptionsOf,
} from '../rotation-options.ts';
import { withCluster } from '../session.ts';
import { surveyAndPlan } from '../survey-and-plan.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

export const planCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'plan',
    'show what a rotation would do; changes nothing and needs no Temporal',
    [
      'linkerd-trust plan',
      'linkerd-trust plan --method overlap --pace urgent --wave-size 5',
      "linkerd-trust plan --except 'Link multicluster/west=has both anchors' --output json",
    ],
  );
  return addRotationOptions(command).action(async (_: unknown, self: Command) => {
    const options = globalOptionsOf(self);
    const wanted = rotationOptionsOf(self);
    // Only an exception bears a name here; looking needs none.
    const by = wanted.except.length === 0 ? '' : personOf(context, options);
    const code = await withCluster(context, options, async (cluster) => {
      const mesh = meshSettingsOf(self, await readResource(cluster.kube));
      const found = await surveyAndPlan(context, cluster, {
        question: questionOf(wanted, { by, ...mesh }),
        reach: wanted.reach,
      });
      const isBlocked = found.plan.blockers.length > 0;
      print(context, options, {
        json: found,
        text: () => [
          ...renderPlan(found, {
            clusterName: cluster.name,
            approvals: approvalsOf(wanted),
            origin: mesh.origin,
            columns: columnsOf(context),
            nowMs: context.now(),
          }),
          '',
          lastLine(found.alreadyRotated, isBlocked, sameCommand(options)),
        ],
      });
      return isBlocked && !found.alreadyRotated ? ExitCode.blocked : ExitCode.ok;
    });
    done(code);
  });
};

function lastLine(alreadyRotated: boolean, isBlocked: boolean, command: string): string {
  if (alreadyRotated) return 'Already rotated: the anchor that --replaces names is not in use.';
  return isBlocked
    ? 'Nothing was changed. Next step: remove the blockers, then plan again.'
    : `Nothing was changed. Next step: ${command} rotate, with the same flags.`;
}
