import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ExitCode } from '../../client/exit-codes.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { temporalServer } from '../support/temporal.ts';
import type { Run } from './run-client.ts';
import { clusterNamed, runClient } from './run-client.ts';

describe('a Temporal that is not ready for a rotation', function () {
  this.timeout(60_000);

  let address: string;

  async function client(args: readonly string[], server = address): Promise<Run> {
    return runClient([...args, '--temporal-address', server], {
      connectors: { openCluster: clusterNamed(randomUUID()) },
    });
  }

  before(async () => {
    address = (await temporalServer()).address;
  });

  it('notices within 5 s that no worker polls, and says how to start one', async () => {
    const started = performance.now();

    const { code, stderr } = await client(['rotate', '--yes']);

    assert.ok(performance.now() - started < 5_500);
    assert.equal(code, ExitCode.temporal);
    assert.match(stderr, /nothing polls task queue trust-rotation-.*\nNext step: start the worker/);
  });

  it('names a namespace that does not exist', async () => {
    const { code, stderr } = await client(['status', '--temporal-namespace', 'nowhere']);

    assert.equal(code, ExitCode.temporal);
    assert.match(stderr, /Could not open namespace nowhere .*\nNext step: create it \(temporal/);
  });

  it('names the search attributes that the namespace lacks, with the command', async () => {
    const bare = await startTemporalServer({
      ownProcess: true,
      headless: true,
      log: () => undefined,
      searchAttributes: { RotationCluster: 'Keyword' },
    });
    try {
      const { code, stderr } = await client(['rotate', '--yes'], bare.address);

      assert.equal(code, ExitCode.temporal);
      assert.match(stderr, /does not know the search attributes RotationPhase, RotationState/);
      assert.match(stderr, /search-attribute create .*--name AnchorNotAfter --type Datetime/);
    } finally {
      await bare.stop();
    }
  });
});
