import assert from 'node:assert/strict';
import { Watch } from '@kubernetes/client-node';
import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { CONFIG_MAPS } from '../../../simulator/cluster/resources.ts';
import { HISTORY_LIMIT } from '../../../simulator/cluster/store.ts';
import { waitFor } from '../../support/wait-for.ts';
import { refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

const namespace = 'default';
const PATH = `/api/v1/namespaces/${namespace}/configmaps`;

describe('the simulated Kubernetes API: lists and watches', () => {
  let fixture: ClusterFixture;

  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture.stop());

  async function add(name: string, labels: Record<string, string> = {}): Promise<void> {
    const draft = { metadata: { name, namespace, labels }, data: {} };
    await fixture.cluster.api.create(CONFIG_MAPS, draft, { manager: 'tester' });
  }

  /** Moves the store on by this many writes. */
  function churn(writes: number): void {
    const key = { namespace, name: 'churn' };
    for (let i = 0; i < writes; i++) {
      const edit = (draft: { data?: Record<string, string> }) => (draft.data = { i: String(i) });
      fixture.cluster.api.modify(CONFIG_MAPS, key, { manager: 'tester', edit });
    }
  }

  async function namesOf(query: {
    labelSelector?: string;
    fieldSelector?: string;
  }): Promise<string[]> {
    const list = await fixture.core.listNamespacedConfigMap({ namespace, ...query });
    return list.items.map(({ metadata }) => metadata?.name ?? '');
  }

  it('selects by labels and fields', async () => {
    await add('a', { app: 'web', tier: 'front' });
    await add('b', { app: 'api' });
    await add('c');

    assert.deepEqual(await namesOf({ labelSelector: 'app=web' }), ['a']);
    assert.deepEqual(await namesOf({ labelSelector: 'app!=web' }), ['b', 'c']);
    assert.deepEqual(await namesOf({ labelSelector: 'app in (web, api),!tier' }), ['b']);
    assert.deepEqual(await namesOf({ labelSelector: 'app notin (web)' }), ['b', 'c']);
    assert.deepEqual(await namesOf({ labelSelector: 'app' }), ['a', 'b']);
    assert.deepEqual(await namesOf({ fieldSelector: 'metadata.name=c' }), ['c']);
    await assert.rejects(namesOf({ fieldSelector: 'spec.colour=red' }), refusal(400, 'BadRequest'));
  });

  it('pages through one moment, whatever is written meanwhile', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(name);
    const first = await fixture.core.listNamespacedConfigMap({ namespace, limit: 2 });
    assert.equal(first.metadata?.remainingItemCount, 3);
    await add('b2');

    const names: string[] = [];
    let token = first.metadata._continue;
    while (token !== undefined) {
      const page = await fixture.core.listNamespacedConfigMap({
        namespace,
        limit: 2,
        _continue: token,
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name ?? ''));
      token = page.metadata?._continue;
    }

    assert.deepEqual(names, ['c', 'd', 'e']);
  });

  it('lets a continue token expire, with a fresh one in the refusal', async () => {
    for (const name of ['a', 'b', 'churn']) await add(name);
    const first = await fixture.core.listNamespacedConfigMap({ namespace, limit: 1 });
    churn(HISTORY_LIMIT + 1);

    const token = encodeURIComponent(first.metadata?._continue ?? '');
    const { status, body } = await fixture.request(`${PATH}?limit=5&continue=${token}`);

    assert.equal(status, 410);
    const expired = z
      .object({ metadata: z.object({ continue: z.string() }) })
      .parse(JSON.parse(body));
    const rest = await fixture.core.listNamespacedConfigMap({
      namespace,
      _continue: expired.metadata.continue,
    });
    assert.deepEqual(
      rest.items.map(({ metadata }) => metadata?.name),
      ['b', 'churn'],
    );
  });

  it('lists metadata alone when asked', async () => {
    await add('a', { app: 'web' });
    const accept =
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

    const { body } = await fixture.request(PATH, { headers: { accept } });

    const list: unknown = JSON.parse(body);
    assert.partialDeepStrictEqual(list, {
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'a', labels: { app: 'web' } } }],
    });
    assert.doesNotMatch(body, /"data"/);
  });

  it('watches changes from a revision on, as seen through a selector', async () => {
    await add('seen', { app: 'web' });
    const list = await fixture.core.listNamespacedConfigMap({ namespace });
    const seen: string[] = [];
    const query = { resourceVersion: list.metadata?.resourceVersion, labelSelector: 'app=web' };
    const done = new Promise<void>((resolve) => {
      void new Watch(fixture.kubeConfig)
        .watch(
          PATH,
          { ...query, timeoutSeconds: 60 },
          (phase, object: KubernetesObject) => seen.push(`${phase} ${object.metadata?.name ?? ''}`),
          () => resolve(),
        )
        .then(async (controller) => {
          await add('new', { app: 'web' });
          await add('other');
          const edit = (draft: { metadata: { labels?: Record<string, string> } }) =>
            (draft.metadata.labels = {});
          fixture.cluster.api.modify(
            CONFIG_MAPS,
            { namespace, name: 'seen' },
            { manager: 'tester', edit },
          );
          fixture.cluster.api.remove(CONFIG_MAPS, { namespace, name: 'new' });
          await waitFor(() => seen.length === 3, { what: 'three events' });
          controller.abort();
        });
    });
    await done;

    assert.deepEqual(seen, ['ADDED new', 'DELETED seen', 'DELETED new']);
  });

  it('ends a watch after timeoutSeconds', async () => {
    await add('a');

    const { body } = await fixture.request(`${PATH}?watch=true&timeoutSeconds=0.05`);

    assert.match(body, /^\{"type":"ADDED"/);
  });

  it('answers a watch from a forgotten revision with 410 in the stream', async () => {
    await add('churn');
    churn(HISTORY_LIMIT * 2);

    const { status, body } = await fixture.request(`${PATH}?watch=true&resourceVersion=2`);

    assert.equal(status, 200);
    assert.partialDeepStrictEqual(JSON.parse(body), {
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
  });
});

describe('the simulated Kubernetes API: access', () => {
  let fixture: ClusterFixture;

  before(async () => {
    fixture = await startFixture(
      {
        authorize: ({ user, verb, resource, name }) =>
          user === 'admin' || (verb === 'list' && (resource === 'pods' || name === 'public')),
        faults: ({ path, user }) => {
          if (path.endsWith('/services')) return { status: 503, headers: { 'retry-after': '7' } };
          return user === 'stuck' ? 'hang' : undefined;
        },
      },
      'reader',
    );
  });
  after(() => fixture.stop());

  it('refuses a request without a token, and one that the user has no right to', async () => {
    const anonymous = await fixture.request('/api/v1/pods', { headers: { authorization: '' } });
    assert.equal(anonymous.status, 401);
    await assert.rejects(fixture.core.listSecretForAllNamespaces(), refusal(403, 'Forbidden'));
    assert.deepEqual((await fixture.core.listPodForAllNamespaces()).items, []);
  });

  it('takes the name that a list selects for the name of its object', async () => {
    const statusOf = async (fieldSelector: string): Promise<number> => {
      const path = `/api/v1/configmaps?fieldSelector=${encodeURIComponent(fieldSelector)}`;
      return (await fixture.request(path, { user: 'reader' })).status;
    };

    assert.equal(await statusOf('metadata.name=public'), 200);
    assert.equal(await statusOf('metadata.namespace=default,metadata.name=public'), 200);
    assert.equal(await statusOf('metadata.name=private'), 403);
    assert.equal(await statusOf('metadata.name!=public'), 403);
    assert.equal(await statusOf('metadata.namespace=public'), 403);
  });

  it('answers a SelfSubjectAccessReview by the same rule', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const ask = async (verb: string) => {
      const body = { spec: { resourceAttributes: { verb, resource: 'pods', namespace } } };
      const answer = await fixture.request(path, { method: 'POST', body, user: 'reader' });
      return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(JSON.parse(answer.body))
        .status.allowed;
    };

    assert.deepEqual([await ask('list'), await ask('delete')], [true, false]);
  });

  it('injects faults before anything else', async () => {
    await assert.rejects(fixture.core.listServiceForAllNamespaces(), { code: 503 });
    const hanging = fixture.request('/api/v1/pods', { user: 'stuck' }).catch(() => 'cut off');
    const other = fixture.request('/api/v1/pods').then(({ status }) => status);
    assert.equal(await Promise.race([hanging, other]), 200);
  });

  it('answers version, health and discovery', async () => {
    assert.match((await fixture.request('/version')).body, /gitVersion/);
    assert.equal((await fixture.request('/livez')).body, 'ok');
    assert.match((await fixture.request('/apis/apps/v1')).body, /"deployments"/);
  });
});
