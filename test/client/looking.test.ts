import assert from 'node:assert/strict';
import { CommandError } from '../../client/command-error.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { looking } from '../../client/looking.ts';

const interruption = new AbortController();
interruption.abort();
const context = {
  stderr: { isTTY: false, write: () => undefined },
  interrupted: interruption.signal,
};
const cutOff = (): Promise<never> => Promise.reject(new Error('aborted'));

describe('looking', () => {
  it('says after Ctrl-C that nothing was changed, unless it is told what is left', async () => {
    await assert.rejects(looking(context, 'look', cutOff), {
      exitCode: ExitCode.interrupted,
      message: /it was interrupted; nothing was changed/,
    });
    await assert.rejects(looking(context, 'write', cutOff, 'what had been written stays'), {
      message: /it was interrupted; what had been written stays/,
    });
  });

  it('leaves it to the command to say what goes on behind its back', async () => {
    const leftRunning = new CommandError(ExitCode.interrupted, {
      tried: 'wait for the renewal',
      happened: 'it was left running',
      nextStep: 'linkerd-trust check',
    });
    const leave = (): Promise<never> => Promise.reject(leftRunning);

    await assert.rejects(looking(context, 'renew', leave), leftRunning);
  });
});
