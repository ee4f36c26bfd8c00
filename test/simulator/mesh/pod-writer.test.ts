import assert from 'node:assert/strict';

import { KubeRequestError } from '../../../simulator/mesh/kube/kube-api.ts';
import { podObject } from '../../../simulator/mesh/node/pod-object.ts';
import { PodWriter } from '../../../simulator/mesh/node/pod-writer.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { ApiCall } from './fake-api.ts';
import { fakeApi } from './fake-api.ts';

const pod = podObject.parse({
  metadata: { name: 'web-0', namespace: 'shop', uid: '1' },
  spec: { nodeName: 'node-1', containers: [{ name: 'app' }] },
});
const podPath = '/api/v1/namespaces/shop/pods/web-0';

describe('what a node says of a pod', () => {
  let phase: string;
  let problems: string[];
  let over: AbortController;

  beforeEach(() => {
    phase = 'Pending';
    problems = [];
    over = new AbortController();
  });
  afterEach(() => over.abort());

  function writerTo(answer: (call: ApiCall, at: number) => unknown): {
    readonly writer: PodWriter;
    readonly calls: readonly ApiCall[];
  } {
    let at = 0;
    const api = fakeApi((call) => answer(call, (at += 1)));
    const writer = new PodWriter({
      api,
      pod,
      reportProblem: (message) => void problems.push(message),
      render: () => ({ phase }),
      signal: over.signal,
    });
    return { writer, calls: api.calls };
  }

  const phasesIn = (calls: readonly ApiCall[]): unknown[] =>
    calls.map(({ body }) => (body as { status: { phase: string } }).status.phase);

  it('is written once for changes in a row', async () => {
    const { writer, calls } = writerTo(() => ({}));
    writer.statusChanged();
    phase = 'Running';
    writer.statusChanged();
    await waitFor(() => calls.length > 0, { what: 'a write' });
    await writer.endStatus();
    assert.deepEqual(phasesIn(calls), ['Running']);
  });

  it('is written whenever the change comes while the write before it ends', async () => {
    for (let ticks = 0; ticks < 20; ticks += 1) {
      phase = 'Pending';
      const { writer, calls } = writerTo((_call, at) => {
        if (at === 1) {
          afterMicrotasks(ticks, () => {
            phase = 'Running';
            writer.statusChanged();
          });
        }
        return {};
      });
      writer.statusChanged();
      await waitFor(() => phasesIn(calls).at(-1) === 'Running', {
        what: `a change ${String(ticks)} microtasks after the answer to be written`,
      });
    }
  });

  it('is written in the end although the API server was away, or had a conflict', async () => {
    const failures = [
      new Error('connect ECONNREFUSED'),
      new KubeRequestError('PATCH', 409, 'the object has been modified'),
    ];
    const { writer, calls } = writerTo((_call, at) => {
      const failure = failures[at - 1];
      if (failure !== undefined) throw failure;
      return {};
    });
    writer.statusChanged();
    await waitFor(() => calls.length === 3, { what: 'the third try' });
    assert.equal(problems.length, 2);
  });

  it('is not written to another pod of the same name', async () => {
    const { writer, calls } = writerTo(() => {
      throw new KubeRequestError('PATCH', 409, 'Precondition failed: UID in precondition: 1');
    });
    writer.statusChanged();
    await waitFor(() => calls.length === 1, { what: 'a try' });
    phase = 'Running';
    writer.statusChanged();
    await writer.endStatus();
    assert.equal(calls.length, 1);
    assert.deepEqual(problems, []);
  });

  it('ends with its removal, which is tried until the API server takes it', async () => {
    const { writer, calls } = writerTo((_call, at) => {
      if (at < 3) throw new Error('connect ECONNREFUSED');
    });
    await writer.remove();
    assert.deepEqual(
      calls.map(({ path }) => path),
      [podPath, podPath, podPath],
    );
    assert.equal(problems.length, 2);
  });

  it('is left unsaid when the whole node ends', async () => {
    const { writer, calls } = writerTo(() => {
      over.abort();
      throw new Error('connect ECONNREFUSED');
    });
    await writer.remove();
    assert.equal(calls.length, 1);
  });
});

function afterMicrotasks(count: number, work: () => void): void {
  queueMicrotask(count === 0 ? work : () => afterMicrotasks(count - 1, work));
}
