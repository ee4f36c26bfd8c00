import assert from 'node:assert/strict';
import { z } from 'zod';
import { PODS, SERVICE_ACCOUNTS } from '../../../simulator/cluster/resources.ts';
import type { ClusterFixture } from './cluster-fixture.ts';
import { startFixture } from './cluster-fixture.ts';

const requestSchema = z.object({
  status: z.object({ token: z.string(), expirationTimestamp: z.string() }),
});
const reviewSchema = z.object({
  status: z.object({
    authenticated: z.boolean(),
    error: z.string().optional(),
    user: z.object({ username: z.string() }).optional(),
    audiences: z.array(z.string()).optional(),
  }),
});
type Verdict = z.infer<typeof reviewSchema>['status'];

describe('tokens of service accounts', () => {
  const audiences = ['identity.l5d.io'];
  let fixture: ClusterFixture;
  let podUid: string;

  beforeEach(async () => {
    fixture = await startFixture({
      authorize: ({ user, resource, subresource }) =>
        user === 'admin' || ![resource, subresource].some((name) => /token/.test(name)),
    });
    const { api } = fixture.cluster;
    const metadata = { name: 'web', namespace: 'default' };
    await api.create(SERVICE_ACCOUNTS, { metadata }, { manager: 'test' });
    const spec = { serviceAccountName: 'web', containers: [] };
    const pod = await api.create(PODS, { metadata, spec }, { manager: 'test' });
    podUid = pod.metadata.uid;
  });
  afterEach(() => fixture.stop());

  async function post(path: string, body: object, user = 'admin') {
    return fixture.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      user,
    });
  }

  function request(spec: object, account = 'web', user = 'admin') {
    const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`;
    return post(path, { spec: { audiences, ...spec } }, user);
  }

  async function tokenOf(spec: object): Promise<string> {
    const { status, body } = await request(spec);
    assert.equal(status, 201, body);
    return requestSchema.parse(JSON.parse(body)).status.token;
  }

  async function review(token: string, wanted: readonly string[] = audiences): Promise<Verdict> {
    const spec = { token, audiences: wanted };
    const { status, body } = await post('/apis/authentication.k8s.io/v1/tokenreviews', { spec });
    assert.equal(status, 201, body);
    return reviewSchema.parse(JSON.parse(body)).status;
  }

  const boundToPod = (): object => ({
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: podUid },
  });

  it('tell whose they are', async () => {
    assert.deepEqual(await review(await tokenOf(boundToPod())), {
      authenticated: true,
      user: { username: 'system:serviceaccount:default:web' },
      audiences,
    });
  });

  it('hold for their own audiences alone', async () => {
    const token = await tokenOf(boundToPod());

    const { authenticated, error } = await review(token, ['https://somebody.else']);

    assert.equal(authenticated, false);
    assert.match(error ?? '', /audiences/);
    assert.ok((await review(token)).authenticated);
  });

  it('end with the pod they are bound to, even when another takes its name', async () => {
    const token = await tokenOf(boundToPod());
    const { api } = fixture.cluster;
    const metadata = { name: 'web', namespace: 'default' };

    api.remove(PODS, metadata, { gracePeriodSeconds: 0 });
    await api.create(PODS, { metadata, spec: {} }, { manager: 'test' });

    assert.match((await review(token)).error ?? '', /invalidated/);
  });

  it('are nobody’s when the server did not issue them', async () => {
    assert.deepEqual(await review('made-up'), {
      authenticated: false,
      error: 'invalid bearer token',
    });
  });

  it('live for as long as was asked, and for no less than ten minutes', async () => {
    const { body } = await request({ expirationSeconds: 7_200, ...boundToPod() });
    const { expirationTimestamp } = requestSchema.parse(JSON.parse(body)).status;

    assert.ok(Math.abs(Date.parse(expirationTimestamp) - Date.now() - 7_200_000) < 60_000);
    assert.equal((await request({ expirationSeconds: 599 })).status, 422);
  });

  it('are refused for what does not exist or does not fit', async () => {
    const other = { kind: 'Pod', name: 'web', uid: 'of-a-pod-before' };

    assert.equal((await request({}, 'nobody')).status, 404);
    assert.equal((await request({ boundObjectRef: other })).status, 409);
    assert.equal((await request({ boundObjectRef: { kind: 'Pod', name: 'gone' } })).status, 404);
  });

  it('take a right of their own, to request and to review', async () => {
    const spec = { token: 'any' };

    assert.equal((await request({}, 'web', 'somebody')).status, 403);
    const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
    assert.equal((await post(reviews, { spec }, 'somebody')).status, 403);
  });
});
