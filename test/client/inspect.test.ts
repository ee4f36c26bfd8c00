import assert from 'node:assert/strict';
import { ExitCode } from '../../client/exit-codes.ts';
import type { InspectionFacts } from '../../domain/inspection.ts';
import { inspectionFacts } from '../support/check-facts.ts';
import { assertGolden } from '../support/golden-file.ts';
import {
  anchorA,
  anchorB,
  bundle,
  identity,
  objects,
  proxy,
  survey,
} from '../support/survey-builder.ts';
import type { Run, RunOptions } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

const middleOfRotation = inspectionFacts({
  anchors: { a: { certificate: anchorA, pem: 'A' }, b: { certificate: anchorB, pem: 'B' } },
  bundled: [anchorA, anchorB],
  survey: survey({
    objects: objects({ trustAnchor: anchorB, bundle: bundle('A,B') }),
    proxies: [
      proxy('web', 'A', 'a'),
      proxy('cart', 'A,B', 'a'),
      proxy('db', 'A,B', 'expired', { namespace: 'data' }),
    ],
    identity: [identity('A,B', 'a')],
  }),
});

function inspect(
  args: readonly string[],
  looks: readonly InspectionFacts[] = [middleOfRotation],
  options: RunOptions = {},
): Promise<Run> {
  let looked = 0;
  return runClient(['inspect', ...args], {
    now: () => Date.parse('2026-06-01T00:00:00Z'),
    ...options,
    connectors: {
      openCluster: clusterNamed('uid-1'),
      inspectorFor: () => async () => {
        looked += 1;
        return looks[Math.min(looked, looks.length) - 1] ?? middleOfRotation;
      },
    },
  });
}

describe('linkerd-trust inspect', () => {
  it('shows chain, convergence and who is behind at 80 columns', async () => {
    const run = await inspect([], [middleOfRotation], { isTTY: true });

    assert.equal(run.code, ExitCode.ok);
    assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/inspect.txt', run.stdout);
  });

  it('shows a mesh at rest with nothing behind', async () => {
    const run = await inspect([], [inspectionFacts()], { isTTY: true });

    await assertGolden('test/client/golden/inspect-at-rest.txt', run.stdout);
  });

  it('answers machines by its schema', async () => {
    const run = await inspect(['-o', 'json']);

    anAnswer('inspect', run.stdout);
    assert.match(run.stdout, /"cluster": "prod"/);
  });

  it('looks at one namespace when asked to', async () => {
    const run = await inspect(['-n', 'data']);

    assert.match(run.stdout, /pod data\/db-1/);
    assert.doesNotMatch(run.stdout, /pod shop/);
  });

  it('goes on looking until it is interrupted, and tells a pipe only what has changed', async () => {
    const interruption = new AbortController();
    let seen = 0;
    const looks = [middleOfRotation, middleOfRotation, inspectionFacts()];
    const run = await inspect(['--watch', '-o', 'json'], looks, {
      interrupted: interruption.signal,
      onStdout: () => {
        seen += 1;
        if (seen === 2) interruption.abort();
      },
    });
    const documents = run.stdout.trimEnd().split('\n');

    assert.equal(run.code, ExitCode.interrupted);
    assert.equal(documents.length, 2);
    for (const document of documents) anAnswer('inspect', document);
  });

  it('redraws a terminal in place', async () => {
    const interruption = new AbortController();
    const run = await inspect(['--watch'], [middleOfRotation], {
      isTTY: true,
      interrupted: interruption.signal,
      onStdout: () => interruption.abort(),
    });

    assert.match(run.stdout, /^Trust of prod.*\u001B\[K\n/);
    assert.ok(run.stdout.split('\n').length <= 41);
  });
});
