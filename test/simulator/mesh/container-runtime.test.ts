import assert from 'node:assert/strict';

import type { ContainerProcess } from '../../../simulator/mesh/node/container-process.ts';
import {
  ContainerConfigError,
  ContainerRuntime,
} from '../../../simulator/mesh/node/container-runtime.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a container', () => {
  const process: ContainerProcess = { ready: () => true, stop: () => Promise.resolve() };
  let container: ContainerRuntime;
  let failures: Error[];

  beforeEach(() => {
    container = new ContainerRuntime({
      name: 'identity',
      hasStartupProbe: false,
      start: () => {
        const failure = failures.shift();
        return failure === undefined ? Promise.resolve(process) : Promise.reject(failure);
      },
      onChange: () => undefined,
      reportProblem: () => undefined,
    });
  });
  afterEach(() => container.stop());

  it('that exits at start goes into CrashLoopBackOff and is restarted', async () => {
    failures = [new Error('not a PEM certificate')];

    await container.run();

    assert.equal(container.waiting?.reason, 'CrashLoopBackOff');
    assert.equal(container.lastEnded?.message, 'not a PEM certificate');
    await waitFor(() => container.ready, { what: 'the restart' });
    assert.equal(container.restartCount, 1);
    assert.equal(container.waiting, undefined);
  });

  it('whose environment cannot be made waits, which is no restart', async () => {
    failures = [new ContainerConfigError('ConfigMap gone', undefined)];

    await container.run();

    assert.equal(container.waiting?.reason, 'CreateContainerConfigError');
    await waitFor(() => container.ready, { what: 'the start' });
    assert.equal(container.restartCount, 0);
  });

  it('that crashes gets a new id', async () => {
    failures = [];
    await container.run();
    const before = container.started?.containerID;

    await container.crash('crashed on request');

    assert.ok(container.ready);
    assert.equal(container.restartCount, 1);
    assert.equal(container.lastEnded?.containerID, before);
    assert.notEqual(container.started?.containerID, before);
  });
});
