import assert from 'node:assert/strict';

import type { PodFiles } from '../../../simulator/mesh/node/mounted-files.ts';
import { mountPodFiles } from '../../../simulator/mesh/node/mounted-files.ts';
import { createObjectReader } from '../../../simulator/mesh/node/object-reader.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeApi } from './fake-api.ts';

describe('mounted ConfigMaps and Secrets', () => {
  const syncMs = 100;
  const pods: PodFiles[] = [];
  let content: Record<string, string>;

  beforeEach(() => {
    content = { file: 'old' };
  });
  afterEach(() => pods.splice(0).forEach((pod) => pod.unmount()));

  const configMapApi = () => fakeApi(() => ({ data: { ...content } }));

  async function mountIn(
    api: ReturnType<typeof configMapApi>,
    count: number,
    periodMs = syncMs,
  ): Promise<PodFiles[]> {
    const reader = createObjectReader(api);
    const ref = { kind: 'ConfigMap', namespace: 'linkerd', name: 'roots' } as const;
    const mounts = [{ mountPath: '/m', load: (maxAgeMs: number) => reader.read(ref, maxAgeMs) }];
    for (let index = 0; index < count; index += 1) {
      const reportProblem = (): void => undefined;
      pods.push(await mountPodFiles({ mounts, syncMs: periodMs, reportProblem }));
    }
    return pods;
  }

  it('reach each pod at a moment of its own, no later than the sync period', async () => {
    const mounted = await mountIn(configMapApi(), 20, 1_000);
    const arrivedMs: number[] = [];
    mounted.forEach((pod) => pod.onSwap('/m', () => arrivedMs.push(performance.now())));

    const changedMs = performance.now();
    content = { file: 'new' };
    await waitFor(() => arrivedMs.length === mounted.length, { what: 'all pods to see it' });

    assert.ok(mounted.every((pod) => pod.read('/m/file') === 'new'));
    const spreadMs = Math.max(...arrivedMs) - Math.min(...arrivedMs);
    assert.ok(spreadMs > 10, `all within ${spreadMs} ms`);
    assert.ok(Math.max(...arrivedMs) - changedMs < 20_000);
  });

  it('are asked for as often as the sync period wants, however many pods mount them', async () => {
    const api = configMapApi();
    await mountIn(api, 100);
    const before = api.calls.length;
    const startMs = performance.now();

    await waitFor(() => api.calls.length >= before + 10, { what: 'ten more reads' });

    // A hundred pods that read for themselves would need a tenth of a period for it.
    assert.ok(performance.now() - startMs > syncMs);
  });

  it('stay as they are while frozen', async () => {
    const [pod] = await mountIn(configMapApi(), 1);
    assert.ok(pod !== undefined);
    pod.freeze();
    content = { file: 'new' };
    const [other] = (await mountIn(configMapApi(), 1)).slice(-1);
    assert.equal(other?.read('/m/file'), 'new');
    assert.equal(pod.read('/m/file'), 'old');

    pod.thaw();

    await waitFor(() => pod.read('/m/file') === 'new', { what: 'the pod to catch up' });
  });
});
