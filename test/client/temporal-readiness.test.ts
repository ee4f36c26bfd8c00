import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ExitCode } from '../../client/exit-codes.ts';
import { checkSearchAttributes } from '../../client/temporal-readiness.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';
import { temporalServer } from '../support/temporal.ts';
import type { Run } from './run-client.ts';
import { clusterNamed, runClient } from './run-client.ts';

describe('a Temporal that is not ready for a rotation', () => {
  let address: string;

  async function client(args: readonly string[], server = address): Promise<Run> {
    return runClient([...args, '--temporal-address', server], {
      connectors: { openCluster: clusterNamed(randomUUID()) },
    });
  }

  before(async () => {
    address = (await temporalServer()).address;
  });

  it('notices in seconds that no worker polls, and says how to start one', async () => {
    const started = performance.now();

    const { code, stderr } = await client(['rotate', '--yes']);

    assert.ok(performance.now() - started < 30_000);
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
      assert.match(stderr, /tcld namespace search-attributes add .*AnchorNotAfter=Datetime/);
    } finally {
      await bare.stop();
    }
  });

  const withheld = { 'may not list them': 7, 'has no such service, as Temporal Cloud': 12 };
  for (const [what, code] of Object.entries(withheld)) {
    it(`goes on with a note where the account ${what}`, async () => {
      const { unseen = '' } = await checkSearchAttributes(refusing(code));
      assert.match(
        unseen,
        /namespace mesh: see for yourself that it has RotationCluster \(Keyword\), /,
      );
    });
  }

  it('ends at any other refusal', async () => {
    await assert.rejects(
      checkSearchAttributes(refusing(16)),
      /search attributes.*TEMPORAL_API_KEY/s,
    );
  });
});

/** A client whose server answers with this gRPC status when it is asked for search attributes. */
function refusing(code: number): Client {
  const refusal = Object.assign(new Error('refused'), { code, details: 'refused', metadata: {} });
  // Sound: nothing else of the client is used.
  return {
    options: { namespace: 'mesh' },
    connection: { operatorService: { listSearchAttributes: () => Promise.reject(refusal) } },
    withDeadline: (_deadlineMs: number, ask: () => Promise<unknown>) => ask(),
  } as unknown as Client;
}
