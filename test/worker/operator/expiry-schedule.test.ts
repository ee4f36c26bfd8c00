import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection, ScheduleNotFoundError } from '@temporalio/client';
import { dataConverter } from '../../../activities/data-converter.ts';
import type { ExpiryCheck } from '../../../domain/expiry/expiry-check.ts';
import { expiryScheduleId } from '../../../domain/expiry/expiry-check.ts';
import { keepExpirySchedule } from '../../../worker/operator/expiry-schedule.ts';
import { request } from '../../client/fixtures.ts';
import { temporalServer } from '../../support/temporal.ts';

const check: ExpiryCheck = { rotation: request, policy: 'report', startBeforeMs: 1_000 };

describe('the Schedule of expiry checks', () => {
  let client: Client;
  let cluster: string;

  before(async () => {
    const { address } = await temporalServer();
    client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  });
  beforeEach(() => {
    cluster = randomUUID();
  });
  afterEach(() => keepExpirySchedule(client, cluster, undefined));
  after(() => client.connection.close());

  const described = () => client.schedule.getHandle(expiryScheduleId(cluster)).describe();

  it('looks once a day, one look at a time', async () => {
    await keepExpirySchedule(client, cluster, { check, isPaused: false });

    const { spec, action, policies, state } = await described();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [86_400_000],
    );
    assert.equal(action.workflowType, 'checkTrustExpiry');
    assert.deepEqual(action.args, [check]);
    assert.equal(policies.overlap, 'SKIP');
    assert.equal(state.paused, false);
  });

  it('follows what is wanted of it', async () => {
    await keepExpirySchedule(client, cluster, { check, isPaused: false });
    const other: ExpiryCheck = { ...check, policy: 'rotate' };
    await keepExpirySchedule(client, cluster, { check: other, isPaused: true });

    const { action, state } = await described();
    assert.deepEqual(action.args, [other]);
    assert.equal(state.paused, true);
  });

  it('is taken away, which may be asked for twice', async () => {
    await keepExpirySchedule(client, cluster, { check, isPaused: false });
    await keepExpirySchedule(client, cluster, undefined);
    await keepExpirySchedule(client, cluster, undefined);

    await assert.rejects(described(), ScheduleNotFoundError);
  });
});
