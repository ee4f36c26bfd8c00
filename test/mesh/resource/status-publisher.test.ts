import assert from 'node:assert/strict';
import type { ResourceEvent } from '../../../domain/resource/resource-events.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { eventNamespace, resourceRef } from '../../../mesh/resource/resource-ref.ts';
import { rotationResource } from '../../../mesh/resource/rotation-resource.ts';
import type { StatusPublisher } from '../../../mesh/resource/status-publisher.ts';
import { createStatusPublisher } from '../../../mesh/resource/status-publisher.ts';
import type { Fault } from '../../../simulator/cluster/cluster-options.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { readCrd } from '../../support/rotation-crd.ts';
import { waitFor } from '../../support/wait-for.ts';
import { patienceMs } from '../../support/patience.ts';

const happened: ResourceEvent = {
  key: 'run-1/started',
  type: 'Normal',
  reason: 'RotationStarted',
  message: 'asked for by ada',
  at: '2026-06-01T12:00:00.000Z',
};

describe('the status publisher', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;
  let publisher: StatusPublisher;
  let writes: number[];
  let fault: Fault | undefined;
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, message: string) => void warnings.push(message),
  };

  beforeEach(async () => {
    writes = [];
    fault = undefined;
    cluster = await startCluster({
      faults: ({ method, path }) => {
        if (method !== 'PUT' || !path.endsWith('/status')) return undefined;
        writes.push(performance.now());
        return fault;
      },
    });
    kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
    publisher = createStatusPublisher({ kube, clock: systemClock, log });
  });

  afterEach(async () => {
    await publisher.close();
    await kube.close();
    await cluster.stop();
  });

  async function install(): Promise<void> {
    await kube.create(
      {
        type: resources.customResourceDefinitions,
        name: 'trustanchorrotations.trust.linkerd.io',
      },
      await readCrd(),
    );
    await kube.create(resourceRef, { spec: {} });
  }

  async function phase(): Promise<string | undefined> {
    return (await kube.get(resourceRef, rotationResource))?.status.phase;
  }

  function publish(text: string, events: readonly ResourceEvent[] = []): void {
    publisher.publish('rotation', ({ status }) => ({ ...status, phase: text }), events);
  }

  it('does nothing, and says nothing, where there is no resource nor its kind', async () => {
    warnings.length = 0;
    publish('Preflight', [happened]);
    await publisher.close();
    assert.equal(writes.length, 0);
    assert.deepEqual(warnings, []);
  });

  it('writes at once, then at most once a second, and always the last word', async () => {
    await install();
    for (let count = 0; count < 20; count += 1) {
      publish(`Phase${String(count)}`);
      await systemClock.sleep(60);
    }
    await waitFor(async () => (await phase()) === 'Phase19', { what: 'the last word' });
    const pauses = writes.slice(1).map((at, index) => at - (writes[index] ?? 0));
    assert.ok(writes.length >= 2, 'the first was not held back');
    assert.ok(
      pauses.every((pause) => pause > 950),
      pauses.join(),
    );
  });

  it('writes nothing where nothing differs', async () => {
    await install();
    publish('Preflight');
    await waitFor(() => writes.length === 1, { what: 'the first write' });
    await publisher.write(({ status }) => ({ ...status, phase: 'Preflight' }));
    assert.equal(writes.length, 1);
  });

  it('tells an Event once, whoever tells it', async () => {
    await install();
    const other = createStatusPublisher({ kube, clock: systemClock, log });
    publish('Preflight', [happened]);
    other.publish('gate', ({ status }) => status, [happened]);
    await Promise.all([publisher.close(), other.close()]);
    const events = await kube.list(resources.events, rawObject, { namespace: eventNamespace });
    assert.equal(events.length, 1);
    assert.equal(events[0]?.['reason'], 'RotationStarted');
  });

  it('tries again what the API server refused, and warns', async () => {
    await install();
    warnings.length = 0;
    fault = { status: 500 };
    publish('Preflight');
    await waitFor(() => warnings.length > 0, { what: 'a warning' });
    fault = undefined;
    await waitFor(async () => (await phase()) === 'Preflight', { what: 'the write' });
  });

  it('loses no change to another writer', async () => {
    await install();
    const other = createStatusPublisher({ kube, clock: systemClock, log });
    await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        [publisher, other].map((one, which) =>
          one.write(({ status }) => ({
            ...status,
            laggards: [
              ...status.laggards,
              { what: `${String(index)}/${String(which)}`, reason: 'x', remedy: 'y' },
            ],
          })),
        ),
      ).flat(),
    );
    const { status } = (await kube.get(resourceRef, rotationResource)) ?? {};
    assert.equal(status?.laggards.length, 8);
  });

  it('tells what it had to tell as soon as a resource comes up', async () => {
    publish('Preflight', [happened]);
    await systemClock.sleep(100);
    await install();
    publisher.wake();
    await waitFor(async () => (await phase()) === 'Preflight', { what: 'the write' });
  });
});
