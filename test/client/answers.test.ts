import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { answers, jsonSchemaOf } from '../../client/answers/all-answers.ts';
import { format, resolveConfig } from 'prettier';
import { createProgram } from '../../client/program.ts';
import { assertGolden } from '../support/golden-file.ts';
import { ago, gateReport, planResult, request, statusOf } from './fixtures.ts';
import { anAnswer, commandContext } from './run-client.ts';

const folder = 'docs/schemas';

describe('the published JSON Schemas', () => {
  for (const command of Object.keys(answers)) {
    it(`are what ${command} is parsed by`, async () => {
      const file = `${folder}/${command}.json`;
      const style = (await resolveConfig(file)) ?? {};
      const text = await format(JSON.stringify(jsonSchemaOf(command)), {
        ...style,
        filepath: file,
      });

      await assertGolden(file, text);
    });
  }

  it('exist for every command and for nothing else', async () => {
    const program = createProgram(commandContext(), () => undefined);
    const commands = program.commands.map((command) => command.name());
    const files = await readdir(folder);

    assert.deepEqual(Object.keys(answers).toSorted(), [...commands, 'error'].toSorted());
    assert.deepEqual(
      files.toSorted(),
      Object.keys(answers)
        .map((name) => `${name}.json`)
        .toSorted(),
    );
  });
});

describe('what commands answer', () => {
  const run = { workflowId: 'trust-rotation/x', runId: 'r', startedAt: ago(60) };
  const live = { activities: [{ name: 'watchGate', attempt: 1 }], gate: gateReport(1, 2) };

  it('is documented to the last field', () => {
    anAnswer('plan', planResult());
    anAnswer('rotate', { ...planResult(), workflowId: 'w', runId: 'r' });
    anAnswer('rotate', planResult());
    anAnswer('status', { kind: 'none', workflowId: 'w' });
    anAnswer('status', { kind: 'running', ...run, status: statusOf(), live });
    const triggered = { ...statusOf(), request: { ...request, trigger: '2026-11' } };
    anAnswer('status', { kind: 'running', ...run, status: triggered, live });
    anAnswer('watch', { kind: 'stopped', ...run, endedAt: ago(1), reason: 'terminated' });
    anAnswer('history', { cluster: 'prod', rotations: [] });
    const issuer = { fingerprint: 'f', notAfter: ago(-60) };
    const renewal = { outcome: 'renewed', before: issuer, after: issuer, adopted: 2 };
    anAnswer('renew-issuer', {
      ...renewal,
      restarted: [],
      laggards: [],
      workflowId: 'w',
      runId: 'r',
    });
    anAnswer('error', { error: { exitCode: 1, message: 'm' } });
    anAnswer('approve', { text: 'approved' });
  });

  it('is refused with a field that nobody has documented', () => {
    const more = { ...planResult(), secret: 'x' };

    assert.throws(() => anAnswer('plan', more), /Unrecognized key/);
  });
});
