import assert from 'node:assert/strict';

import type { ContainerProcess } from '../../../simulator/mesh/node/container-process.ts';
import { ContainerRuntime } from '../../../simulator/mesh/node/container-runtime.ts';
import { podObject } from '../../../simulator/mesh/node/pod-object.ts';
import { PodStatusWriter } from '../../../simulator/mesh/node/pod-status.ts';

const pod = podObject.parse({
  metadata: { name: 'web-0', namespace: 'shop', uid: '1', generation: 2 },
  spec: {
    nodeName: 'node-1',
    containers: [{ name: 'app' }],
    initContainers: [{ name: 'linkerd-init' }, { name: 'linkerd-proxy', restartPolicy: 'Always' }],
  },
});

interface Status {
  readonly phase: string;
  readonly podIP?: string;
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
  readonly initContainerStatuses: readonly { readonly state: object; readonly started: boolean }[];
  readonly containerStatuses: readonly { readonly state: object }[];
}

describe('a pod’s status', () => {
  let isReady: boolean;
  let proxy: ContainerRuntime;
  let app: ContainerRuntime;
  let writer: PodStatusWriter;
  let isMounted: boolean;

  function container(name: string, hasStartupProbe: boolean, ready: () => boolean) {
    const process: ContainerProcess = { ready, stop: () => Promise.resolve() };
    return new ContainerRuntime({
      name,
      hasStartupProbe,
      start: () => Promise.resolve(process),
      onChange: () => undefined,
      reportProblem: () => undefined,
    });
  }

  beforeEach(() => {
    isReady = false;
    isMounted = true;
    writer = new PodStatusWriter();
    proxy = container('linkerd-proxy', true, () => isReady);
    app = container('app', false, () => true);
  });

  function status(heldUnready = false): Status {
    // Sound: what the writer renders, as far as the tests look.
    return writer.render({
      pod,
      podIp: '127.70.0.1',
      hostIp: '127.63.0.1',
      startTime: '2026-11-22T05:00:00Z',
      containers: new Map([
        ['linkerd-proxy', proxy],
        ['app', app],
      ]),
      isMounted,
      heldUnready,
    }) as unknown as Status;
  }

  const trueConditions = ({ conditions }: Status): string[] =>
    conditions.filter((condition) => condition.status === 'True').map(({ type }) => type);

  it('has neither address nor running containers before the volumes are there', () => {
    isMounted = false;

    const { phase, podIP, containerStatuses, ...rest } = status();

    assert.equal(phase, 'Pending');
    assert.equal(podIP, undefined);
    assert.deepEqual(containerStatuses[0]?.state, { waiting: { reason: 'PodInitializing' } });
    assert.deepEqual(rest.initContainerStatuses[0]?.state, {
      waiting: { reason: 'PodInitializing' },
    });
    assert.deepEqual(trueConditions(status()), []);
  });

  it('is Pending while the sidecar has not passed its startup probe, for the app waits for it', async () => {
    await proxy.run();

    const { phase, initContainerStatuses } = status();

    assert.equal(phase, 'Pending');
    assert.equal(initContainerStatuses[1]?.started, false);
    assert.deepEqual(trueConditions(status()), ['PodReadyToStartContainers']);
  });

  it('is Running and Ready once all are', async () => {
    await proxy.run();
    isReady = true;
    await app.run();

    assert.equal(status().phase, 'Running');
    assert.deepEqual(trueConditions(status()), [
      'PodReadyToStartContainers',
      'Initialized',
      'Ready',
      'ContainersReady',
    ]);
    assert.deepEqual(trueConditions(status(true)), ['PodReadyToStartContainers', 'Initialized']);
  });

  it('stays Running and initialized while the sidecar is restarted', async () => {
    await proxy.run();
    isReady = true;
    await app.run();
    isReady = false;
    await proxy.crash('crashed on request');

    assert.equal(status().phase, 'Running');
    assert.deepEqual(trueConditions(status()), ['PodReadyToStartContainers', 'Initialized']);
  });

  it('says of each condition since when it is so, and of the whole what it saw', async () => {
    const before = status() as Status & { observedGeneration: number };
    await proxy.run();

    assert.equal(before.observedGeneration, 2);
    assert.deepEqual(status().conditions[0], before.conditions[0]);
  });
});
