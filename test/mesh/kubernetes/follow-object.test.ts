import assert from 'node:assert/strict';
import { z } from 'zod';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { NotFoundError, UnreachableError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { waitFor } from '../../support/wait-for.ts';
import { patienceMs } from '../../support/patience.ts';

const ref = { type: resources.configMaps, namespace: 'default', name: 'watched' };
const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

describe('an object that is followed', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;

  beforeEach(async () => {
    cluster = await startCluster();
    kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
  });

  afterEach(async () => {
    await kube.close();
    await cluster.stop();
  });

  it('is told as it is and each time that it changes, and no other one is', async () => {
    const stop = new AbortController();
    const seen: (string | undefined)[] = [];
    const options = { atMostMs: 60_000, signal: stop.signal };
    const following = (async () => {
      for await (const object of kube.follow(ref, configMap, options)) {
        seen.push(object?.data['at']);
      }
    })();
    const until = (count: number): Promise<unknown> =>
      waitFor(() => seen.length >= count, { what: `${String(count)} sights` });
    await until(1);
    await kube.create({ ...ref, name: 'other' }, { data: { at: 'nowhere' } });
    await kube.create(ref, { data: { at: 'first' } });
    await until(2);
    await kube.patch(ref, { data: { at: 'second' } }, 'merge');
    await until(3);
    await kube.delete(ref);
    await until(4);
    assert.deepEqual(seen, [undefined, 'first', 'second', undefined]);
    stop.abort();
    await assert.rejects(following, { name: 'AbortError' });
  });

  it('ends with the watch, and begins anew with what there is then', async () => {
    await kube.create(ref, { data: { at: 'first' } });
    for (let round = 0; round < 2; round += 1) {
      const seen: unknown[] = [];
      const options = { atMostMs: 1_000, signal: new AbortController().signal };
      for await (const object of kube.follow(ref, configMap, options)) seen.push(object);
      assert.deepEqual(seen, [{ data: { at: 'first' } }]);
    }
  });
});

describe('a watch on an API server', () => {
  const options = { atMostMs: 1_000, signal: new AbortController().signal };

  async function followed(
    reply: (isWatch: boolean) => ReturnType<typeof statusReply>,
  ): Promise<unknown[]> {
    const fake = await startApiFake();
    const kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
    });
    fake.script(({ query }) => reply(query.get('watch') === 'true'));
    try {
      const seen: unknown[] = [];
      for await (const object of kube.follow(ref, configMap, options)) seen.push(object);
      return seen;
    } finally {
      await kube.close();
      await fake.stop();
    }
  }

  const empty = { status: 200, body: { metadata: { resourceVersion: '7' }, items: [] } };

  it('ends where its version has become too old', async () => {
    const gone = { type: 'ERROR', object: { kind: 'Status', code: 410 } };
    const seen = await followed((isWatch) =>
      isWatch ? { status: 200, body: `${JSON.stringify(gone)}\n` } : empty,
    );
    assert.deepEqual(seen, [undefined]);
  });

  it('fails by the errors of every other request', async () => {
    await assert.rejects(
      followed(() => statusReply(404, 'NotFound')),
      NotFoundError,
    );
    await assert.rejects(
      followed((isWatch) => (isWatch ? 'reset' : empty)),
      UnreachableError,
    );
  });
});
