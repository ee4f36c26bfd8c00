import assert from 'node:assert/strict';

import { identityOfToken } from '../../../simulator/mesh/identity/token-review.ts';
import { podObject } from '../../../simulator/mesh/node/pod-object.ts';
import { projectedToken } from '../../../simulator/mesh/node/service-account-token.ts';
import { fakeApi } from './fake-api.ts';

const pod = podObject.parse({
  metadata: { name: 'web-0', namespace: 'shop', uid: 'uid-of-web-0' },
  spec: { nodeName: 'node-1', serviceAccountName: 'web', containers: [] },
});
const projection = { audience: 'identity.l5d.io', expirationSeconds: 86_400, path: 'token' };

describe('the token in a pod’s projected volume', () => {
  /** An API server whose tokens live as long as each answer says. */
  function tokenApi(...lifetimesMs: readonly (number | Error)[]) {
    const left = [...lifetimesMs];
    return fakeApi(() => {
      const lifetimeMs = left.shift() ?? 0;
      if (lifetimeMs instanceof Error) throw lifetimeMs;
      const expirationTimestamp = new Date(Date.now() + lifetimeMs).toISOString();
      const token = `token ${lifetimesMs.length - left.length}`;
      return { status: { token, expirationTimestamp } };
    });
  }

  it('is requested for its audience and lifetime, and bound to the pod', async () => {
    const api = tokenApi(3_600_000);

    assert.equal(await projectedToken(api, pod, projection)(), 'token 1');

    assert.deepEqual(api.calls, [
      {
        path: '/api/v1/namespaces/shop/serviceaccounts/web/token',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            audiences: ['identity.l5d.io'],
            expirationSeconds: 86_400,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web-0', uid: 'uid-of-web-0' },
          },
        },
      },
    ]);
  });

  it('is kept for most of its life, then renewed', async () => {
    const read = projectedToken(tokenApi(3_600_000), pod, projection);
    assert.deepEqual([await read(), await read()], ['token 1', 'token 1']);

    const readShort = projectedToken(tokenApi(-1, 3_600_000), pod, projection);
    assert.deepEqual([await readShort(), await readShort()], ['token 1', 'token 2']);
  });

  it('outlasts a failed renewal, but not its own end', async () => {
    const refused = new Error('refused');

    const read = projectedToken(tokenApi(500, refused), pod, projection);
    assert.deepEqual([await read(), await read()], ['token 1', 'token 1']);

    const readExpired = projectedToken(tokenApi(-1, refused), pod, projection);
    await readExpired();
    await assert.rejects(readExpired(), refused);
  });
});

describe('the review of a proxy’s token', () => {
  const reviewed = (status: object) => fakeApi(() => ({ status }));
  const username = 'system:serviceaccount:shop:web';

  it('names the identity of its service account', async () => {
    const api = reviewed({ authenticated: true, user: { username } });

    assert.equal(
      await identityOfToken(api, 'token'),
      'web.shop.serviceaccount.identity.linkerd.cluster.local',
    );
    assert.deepEqual(api.calls[0]?.body, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'token', audiences: ['identity.l5d.io'] },
    });
  });

  it('refuses what is not authenticated, or is no service account’s', async () => {
    for (const [status, why] of [
      [{ authenticated: false, error: 'token has expired' }, /token has expired/],
      [{ authenticated: false }, /could not be authenticated/],
      [{ authenticated: true, user: { username: 'admin' } }, /system:TYPE:NS:SA: admin/],
    ] as const) {
      await assert.rejects(identityOfToken(reviewed(status), 'token'), why);
    }
  });
});
