import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Connectors } from '../../client/context.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import { assertGolden } from '../support/golden-file.ts';
import { ago, gateReport, nowMs, resourceTelling } from './fixtures.ts';
import type { Run, RunOptions } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

const approval: Partial<RotationState> = {
  condition: 'waiting-for-approval',
  gate: gateReport(34, 60),
  waiting: {
    for: 'approval retire-anchor',
    since: ago(120),
    approval: 'retire-anchor',
    laggards: [],
  },
};
const lagging: Partial<RotationState> = {
  gate: gateReport(34, 60),
  watches: [{ gate: 'leaves-under-new-anchor', since: ago(400) }],
};
const unreachable: Connectors['openTemporal'] = () =>
  Promise.reject(new Error('Temporal was asked'));

function run(
  args: readonly string[],
  resource: object | undefined,
  options: RunOptions = {},
): Promise<Run> {
  return runClient(args, {
    isTTY: true,
    now: () => nowMs,
    connectors: { openCluster: clusterNamed('uid-1', resource), openTemporal: unreachable },
    ...options,
  });
}

describe('linkerd-trust status where nobody has named a Temporal server', () => {
  it('shows the rotation that the TrustAnchorRotation tells of, at 80 columns', async () => {
    const { code, stdout } = await run(['status'], resourceTelling(lagging));

    assert.equal(code, ExitCode.ok);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/status-told.txt', stdout);
  });

  it('names the annotation that approves', async () => {
    const { stdout } = await run(['status'], resourceTelling(approval));

    assert.match(
      stdout,
      /^Next step: kubectl annotate tar cluster\n? +trust.linkerd.io\/approve=retire-anchor$/m,
    );
  });

  it('shows how the last one ended', async () => {
    const ended = resourceTelling({ condition: 'held', reason: 'aborted by ada: incident' });
    const { stdout } = await run(['status'], ended);

    await assertGolden('test/client/golden/status-told-end.txt', stdout);
  });

  it('answers machines by its schema', async () => {
    for (const state of [lagging, approval, { condition: 'completed' } as const]) {
      const { stdout } = await run(['status', '-o', 'json'], resourceTelling(state));

      assert.partialDeepStrictEqual(anAnswer('status', stdout), { kind: 'told' });
    }
  });

  for (const args of [['watch'], ['history'], ['pause'], ['abort'], ['rotate', '--yes']]) {
    it(`does not ask for ${args.join(' ')} a server that may be anybody’s`, async () => {
      const { code, stderr } = await run(args, resourceTelling(lagging));

      assert.equal(code, ExitCode.temporal);
      assert.match(
        stderr,
        /^Could not find the Temporal server of prod: nobody has named it, .*\nNext step: name it with/,
      );
    });
  }

  it('asks Temporal where there is no resource, or nobody has told it anything', async () => {
    const untold = { metadata: { uid: 'u', resourceVersion: '1' } };

    for (const resource of [undefined, untold]) {
      assert.match((await run(['status'], resource)).stderr, /Temporal was asked/);
    }
  });

  it('asks Temporal where somebody has named it', async () => {
    const named = await run(['status', '--temporal-address', 'a:1'], resourceTelling());

    assert.match(named.stderr, /Temporal was asked/);
  });

  it("asks the server that Temporal's own configuration names", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
    await mkdir(path.join(folder, 'temporalio'));
    const file = path.join(folder, 'temporalio', 'temporal.toml');
    const env = { XDG_CONFIG_HOME: folder };
    await writeFile(file, '[profile.default]\nnamespace = "prod"\n');
    const withoutAddress = await run(['status'], resourceTelling(), { env });
    await writeFile(file, '[profile.default]\naddress = "temporal.example:7233"\n');
    const withAddress = await run(['status'], resourceTelling(), { env });
    await rm(folder, { recursive: true });

    assert.match(withoutAddress.stdout, /told by TrustAnchorRotation cluster/);
    assert.match(withAddress.stderr, /Temporal was asked/);
  });
});

describe('linkerd-trust inspect where nobody has named a Temporal server', () => {
  const rows = [
    [
      'a running rotation',
      approval,
      /aaaaaaaa-bbbbbbbb waiting-for-approval in ReplacingLeaves, waits for\s+approval retire-anchor, says TrustAnchorRotation cluster/,
    ],
    [
      'how the last one ended',
      { condition: 'completed' },
      /the last ended 2026-06-01 11:59:57Z: completed,\s+says TrustAnchorRotation cluster/,
    ],
  ] as const;
  for (const [what, state, expected] of rows) {
    it(`shows ${what} as the TrustAnchorRotation tells it`, async () => {
      const resource = resourceTelling(state);
      const { stdout } = await run(['inspect'], resource);

      assert.match(stdout, expected);
      anAnswer('inspect', (await run(['inspect', '-o', 'json'], resource)).stdout);
    });
  }
});
