import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { checkAnswer } from '../../client/answers/check-answer.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { checkIds } from '../../domain/checks/check.ts';
import type { CheckFacts } from '../../domain/checks/facts.ts';
import {
  anchorSettings,
  certificateSettings,
  checkFacts,
  found,
  meshFacts,
  pkiFacts,
} from '../support/check-facts.ts';
import { assertGolden } from '../support/golden-file.ts';
import { proxy, survey } from '../support/survey-builder.ts';
import type { Run } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

/** A mesh with a warning and two errors. */
const troubled = checkFacts({
  pki: pkiFacts({
    anchor: found(
      anchorSettings({ renewalDisabled: false, renewalTime: '2026-09-01T00:00:00.000Z' }),
    ),
    bundle: found({ synced: false, detail: 'SourceNotFound: Secret linkerd-previous-anchor' }),
  }),
  mesh: found(
    meshFacts({
      survey: survey({ proxies: [proxy('web', 'A', 'expired'), proxy('db', 'A', 'a')] }),
    }),
  ),
});

function check(
  args: readonly string[],
  looks: readonly CheckFacts[] = [checkFacts()],
  env: NodeJS.ProcessEnv = {},
): Promise<Run & { readonly looked: number }> {
  let looked = 0;
  const lookOnce = async (): Promise<CheckFacts> => {
    looked += 1;
    return looks[Math.min(looked, looks.length) - 1] ?? checkFacts();
  };
  return runClient(['check', ...args], {
    isTTY: true,
    env,
    connectors: {
      openCluster: clusterNamed('uid-1'),
      openTemporal: () => Promise.reject(new Error('Could not reach Temporal at nowhere.')),
      checkerFor: () => lookOnce,
    },
  }).then((run) => ({ ...run, looked }));
}

describe('linkerd-trust check', () => {
  it('reads like linkerd check at 80 columns', async () => {
    const run = await check(['--wait=0s'], [troubled]);

    const wide = run.stdout.split('\n').filter((line) => line.length > 80);
    assert.ok(wide.every((line) => /^ {4}see https:\S+ for hints$/.test(line)));
    await assertGolden('test/client/golden/check.txt', run.stdout);
  });

  it('leaves out what is well when asked to be short', async () => {
    const run = await check(['-o', 'short', '--wait=0s'], [troubled]);

    assert.doesNotMatch(run.stdout, /√/);
    await assertGolden('test/client/golden/check-short.txt', run.stdout);
  });

  it('answers machines in the protocol of linkerd', async () => {
    const run = await check(['--output=json', '--wait=0s'], [troubled]);
    const answer = anAnswer('check', run.stdout);

    assert.match(run.stdout, /"success": false/);
    await assertGolden(
      'test/client/golden/check.json',
      `${JSON.stringify(answer, undefined, 2)}\n`,
    );
  });

  it('tells errors, warnings and success apart by its exit code', async () => {
    const named = ['--temporal-address', '127.0.0.1:1', '--wait=0s'];

    const unsafe = anchorSettings({ renewalDisabled: false, renewalTime: '2026-09-01T00:00:00Z' });
    const doubtful = checkFacts({ pki: pkiFacts({ anchor: found(unsafe) }) });

    assert.equal((await check(['--wait=0s'])).code, ExitCode.ok);
    assert.equal((await check(named)).code, ExitCode.checkFailed);
    assert.equal((await check(['--wait=0s'], [doubtful])).code, ExitCode.checkWarned);
    assert.equal((await check(['--wait=0s'], [troubled])).code, ExitCode.checkFailed);
  });

  it('waits for what is on its way, and not for what no wait cures', async () => {
    const issuing = checkFacts({
      pki: pkiFacts({ issuer: found(certificateSettings({ ready: false, issuing: true })) }),
    });
    const broken = checkFacts({
      pki: pkiFacts({ issuer: found(certificateSettings({ ready: false })) }),
    });

    assert.equal((await check(['--wait=5m0s'], [issuing, checkFacts()])).looked, 2);
    assert.equal((await check(['--wait=5m0s'], [broken])).looked, 1);
    assert.equal((await check(['--wait=0s'], [issuing])).looked, 1);
  });

  it('passes over flags that it does not know', async () => {
    const run = await check(['--wait=0s', '--crds', '--expected-version=x', '--foo', 'bar']);

    assert.equal(run.code, ExitCode.ok);
  });

  it('asks no Temporal that nobody has named', async () => {
    const unnamed = await check(['--wait=0s']);
    const named = await check(['--wait=0s', '--temporal-address', 'a:1']);

    assert.match(unnamed.stdout, /√ Temporal answers \(skipped: no server is named\)/);
    assert.match(named.stdout, /× Temporal answers\n +Could not reach Temporal at nowhere/);
  });

  it('refuses a wait that is no duration', async () => {
    const run = await check(['--wait=soon']);

    assert.equal(run.code, ExitCode.usage);
    assert.match(run.stderr, /Write a duration as Go does/);
  });

  it('explains each check under a heading of its own in docs/checks.md', async () => {
    const text = await readFile('docs/checks.md', 'utf8');
    const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

    assert.deepEqual(headings, [...checkIds]);
  });

  it('hints at that page by its address, or at the copy that somebody names', async () => {
    const hints = async (env: NodeJS.ProcessEnv): Promise<readonly (string | undefined)[]> => {
      const { stdout } = await check(['-o', 'json', '--wait=0s'], [troubled], env);
      const { categories } = checkAnswer.parse(JSON.parse(stdout));
      return categories.flatMap(({ checks }) => checks.flatMap(({ hint }) => hint ?? []));
    };
    const named = ['bundle-synced', 'anchor-renewal-race', 'leaves-valid'];
    const ours = 'https://github.com/linkerd-trust/trust-rotation/blob/main/docs/checks.md';
    const copy = 'https://wiki.example/linkerd-trust';

    assert.deepEqual(
      await hints({}),
      named.map((id) => `${ours}#${id}`),
    );
    assert.deepEqual(
      await hints({ LINKERD_TRUST_DOCS_URL: copy }),
      named.map((id) => `${copy}#${id}`),
    );
  });
});
