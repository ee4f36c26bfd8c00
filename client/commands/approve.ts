import type { Command } from 'commander';
import { Argument } from 'commander';
import { z } from 'zod';
import type { ApprovalName } from '../../domain/phases.ts';
import { approvalNames } from '../../domain/phases.ts';
import { approveGate } from '../rotation-messages.ts';
import { parseApproval } from '../rotation-options.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand, sendAndPrint } from './command.ts';

export const approveCommand: CommandFactory = (context, done) =>
  describeCommand('approve', 'approve the step that the rotation waits for', [
    'linkerd-trust approve switch-issuer',
    'linkerd-trust approve retire-anchor --plan 1f2e3d4c5b6a --by ada',
  ])
    .addArgument(
      new Argument('<approval>', `what is approved: ${approvalNames.join(' or ')}`).argParser(
        parseApproval,
      ),
    )
    .option('--plan <hash>', 'refuse the approval if another plan is running')
    .action(async (gate: ApprovalName, _: unknown, self: Command) => {
      const { plan } = z.object({ plan: z.string().optional() }).parse(self.opts());
      done(
        await sendAndPrint(context, self, ({ client, cluster }, by) =>
          approveGate(client, cluster.id, {
            gate,
            by,
            ...(plan === undefined ? {} : { planHash: plan }),
          }),
        ),
      );
    });
