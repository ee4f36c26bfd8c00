import assert from 'node:assert/strict';
import { z } from 'zod';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { GoneError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

const secret = { type: resources.secrets, namespace: 'cert-manager', name: 'linkerd-trust-anchor' };
const named = z.object({ metadata: z.object({ name: z.string() }) });
const written = { metadata: { name: 'x', uid: 'u', resourceVersion: '2' } };

describe('access to an API server', () => {
  let fake: ApiFake;
  let kube: Kube;

  beforeEach(async () => {
    fake = await startApiFake();
    kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
    });
  });

  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  it('shares at most eight connections between a hundred calls at once', async () => {
    fake.script(() => ({ status: 200, body: { metadata: { name: 'x' } } }));

    await Promise.all(Array.from({ length: 100 }, () => kube.get(secret, named)));

    assert.equal(fake.requests.length, 100);
    assert.ok(fake.connections() <= 8, `${String(fake.connections())} connections`);
  });

  it('reuses connections for calls after each other, and authenticates each', async () => {
    fake.script(() => ({ status: 200, body: { metadata: { name: 'x' } } }));

    for (let call = 0; call < 20; call += 1) await kube.get(secret, named);

    assert.ok(fake.connections() <= 2, `${String(fake.connections())} connections`);
    assert.ok(
      fake.requests.every(({ headers }) => headers['authorization'] === 'Bearer fake-token'),
    );
  });

  it('acts as the user it was told to, and says so at each call', async () => {
    fake.script(() => ({ status: 200, body: { metadata: { name: 'x' } } }));
    const acting = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      actAs: 'ada',
      requestTimeoutMs: patienceMs,
    });

    await acting.get(secret, named);
    await kube.get(secret, named);
    await acting.close();

    const users = fake.requests.map(({ headers }) => headers['impersonate-user']);
    assert.deepEqual(users, ['ada', undefined]);
  });

  it('answers undefined for an object that does not exist', async () => {
    fake.script(() => statusReply(404, 'NotFound'));

    assert.equal(await kube.get(secret, named), undefined);
    assert.equal(await kube.delete(secret), false);
  });

  it('asks for the path of core and of grouped kinds', async () => {
    fake.script(() => ({ status: 200, body: { metadata: { name: 'x' } } }));

    await kube.get(secret, named);
    await kube.get({ type: resources.clusterIssuers, name: 'i' }, named);

    assert.deepEqual(
      fake.requests.map(({ path }) => path),
      [
        '/api/v1/namespaces/cert-manager/secrets/linkerd-trust-anchor',
        '/apis/cert-manager.io/v1/clusterissuers/i',
      ],
    );
  });

  it('lists page by page and tells how far it is', async () => {
    const progress: number[] = [];
    fake.script(({ query }) => {
      const second = query.get('continue') === 'more';
      return {
        status: 200,
        body: {
          metadata: second ? {} : { continue: 'more' },
          items: [{ metadata: { name: second ? 'b' : 'a' } }],
        },
      };
    });

    const items = await kube.list(resources.pods, named, {
      labelSelector: 'app=web',
      name: 'web-1',
      onPage: (listed) => progress.push(listed),
    });

    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(progress, [1, 2]);
    const [first, second] = fake.requests;
    assert.equal(first?.query.get('limit'), '500');
    assert.equal(second?.query.get('labelSelector'), 'app=web');
    assert.equal(second.query.get('fieldSelector'), 'metadata.name=web-1');
  });

  it('begins a list anew when its token expired, without doubled objects', async () => {
    let pages = 0;
    fake.script(({ query }) => {
      pages += 1;
      if (query.get('continue') === null) {
        return {
          status: 200,
          body: { metadata: { continue: 't' }, items: [{ metadata: { name: 'a' } }] },
        };
      }
      if (pages === 2) return statusReply(410, 'Expired');
      return { status: 200, body: { items: [{ metadata: { name: 'b' } }] } };
    });

    const items = await kube.list(resources.pods, named);

    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    assert.equal(pages, 4);
  });

  it('begins a list anew where the cache of the API server was behind', async () => {
    let lists = 0;
    fake.script(() => {
      lists += 1;
      if (lists < 3) {
        const message = 'Timeout: Too large resource version: 666, current: 646';
        return statusReply(504, 'Timeout', { message });
      }
      return { status: 200, body: { items: [{ metadata: { name: 'a' } }] } };
    });

    assert.equal((await kube.list(resources.pods, named)).length, 1);
    lists = -1;
    await assert.rejects(kube.list(resources.pods, named), /look whether etcd is slow/);
  });

  it('gives a list up whose token expires again and again', async () => {
    fake.script(() => statusReply(410, 'Expired'));

    await assert.rejects(kube.list(resources.pods, named), GoneError);

    assert.equal(fake.requests.length, 3);
  });

  it('asks for metadata only where that is enough', async () => {
    fake.script(() => ({ status: 200, body: { items: null } }));

    const items = await kube.list(resources.replicaSets, named, {
      namespace: 'shop',
      metadataOnly: true,
    });

    assert.deepEqual(items, []);
    assert.match(String(fake.requests[0]?.headers['accept']), /PartialObjectMetadataList/);
    assert.equal(fake.requests[0]?.path, '/apis/apps/v1/namespaces/shop/replicasets');
  });

  it('creates an object under the name and kind of its reference', async () => {
    fake.script(() => ({ status: 201, body: written }));

    await kube.create(
      secret,
      { metadata: { labels: { a: 'b' } }, type: 'Opaque' },
      { dryRun: true },
    );

    const [request] = fake.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request.query.get('dryRun'), 'All');
    assert.equal(request.query.get('fieldManager'), 'linkerd-trust-rotation');
    assert.deepEqual(JSON.parse(request.body), {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { labels: { a: 'b' }, name: secret.name, namespace: secret.namespace },
    });
  });

  it('sends each patch format with its own content type', async () => {
    fake.script(() => ({ status: 200, body: written }));

    await kube.patch(secret, {}, 'merge');
    await kube.patch(secret, [], 'json');
    await kube.patch(secret, {}, 'strategic', { subresource: 'status' });
    await kube.patch(secret, {}, 'apply', { fieldManager: 'other', force: true });

    assert.deepEqual(
      fake.requests.map(({ headers }) => headers['content-type']),
      [
        'application/merge-patch+json',
        'application/json-patch+json',
        'application/strategic-merge-patch+json',
        'application/apply-patch+yaml',
      ],
    );
    const [, , ofStatus, applied] = fake.requests;
    assert.match(ofStatus?.path ?? '', /\/status$/);
    assert.equal(applied?.query.get('fieldManager'), 'other');
    assert.equal(applied.query.get('force'), 'true');
  });

  it('replaces a status and deletes one very object', async () => {
    fake.script(() => ({ status: 200, body: written }));

    await kube.replaceStatus(secret, { status: {} });
    assert.equal(await kube.delete(secret, { uid: 'u' }), true);

    assert.equal(fake.requests[0]?.method, 'PUT');
    assert.match(fake.requests[0].path, /\/status$/);
    assert.match(fake.requests[1]?.body ?? '', /"preconditions":\{"uid":"u"\}/);
  });

  it('asks whether something is allowed', async () => {
    fake.script(() => ({ status: 201, body: { status: { allowed: true } } }));

    assert.equal(await kube.can({ verb: 'get', group: '', resource: 'secrets' }), true);
    assert.match(fake.requests[0]?.body ?? '', /"resourceAttributes":\{"verb":"get"/);
  });

  it('reads the clock of the server', async () => {
    const date = new Date(Date.now() - 60_000).toUTCString();
    fake.script(() => ({ status: 200, headers: { date } }));

    const { offsetMs } = await kube.serverTime();

    assert.ok(Math.abs(offsetMs + 60_000) < 2_000, String(offsetMs));
  });

  it('refuses a namespaced object without a namespace', async () => {
    await assert.rejects(
      kube.get({ type: resources.secrets, name: 'x' }, named),
      /lives in a namespace/,
    );
  });
});
