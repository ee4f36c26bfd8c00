import assert from 'node:assert/strict';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import {
  DeniedTooEarlyError,
  ForbiddenError,
  isRetryable,
} from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { ApiFake, Reply } from '../../fakes/api-fake.ts';
import { accessReview, startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

const secret = { type: resources.secrets, namespace: 'cert-manager', name: 'linkerd-trust-anchor' };

describe('a denied request', () => {
  let fake: ApiFake;
  let kube: Kube;

  beforeEach(async () => {
    fake = await startApiFake();
    const { kubeConfigYaml } = fake;
    kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  });

  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  /** What a request comes to that is denied while the server answers like this to what we may do. */
  async function denialWith(review: Reply, denial = statusReply(403, 'Forbidden')): Promise<Error> {
    fake.script(({ path }) => (path.endsWith('/selfsubjectaccessreviews') ? review : denial));
    try {
      await kube.get(secret, rawObject);
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    }
    assert.fail('the request was answered');
  }

  it('is one of the roles when the server knows that we lack the right', async () => {
    assert.ok((await denialWith(accessReview(false))) instanceof ForbiddenError);
    const { namespace, name } = secret;
    const asked: unknown = JSON.parse(fake.requests.at(-1)?.body ?? '');
    assert.partialDeepStrictEqual(asked, {
      spec: {
        resourceAttributes: { verb: 'get', group: '', resource: 'secrets', namespace, name },
      },
    });
  });

  for (const [what, review] of [
    ['denies even the question what we may do', statusReply(403, 'Forbidden')],
    ['knows a moment later that we have the right', accessReview(true)],
    ['is gone a moment later', 'reset'],
  ] as const) {
    it(`may be answered later by a server that ${what}`, async () => {
      const error = await denialWith(review);

      assert.ok(error instanceof DeniedTooEarlyError);
      assert.ok(isRetryable(error));
      assert.match(
        error.message,
        /^Could not read Secret cert-manager\/linkerd-trust-anchor: the API server answered 403 \(.*\)\. Next step: retry, for an API server that has just started denies everything; if it stays, grant the right to get secrets "linkerd-trust-anchor" in namespace cert-manager, needed to read the trust anchor.*\.$/,
      );
    });
  }

  it('of a path that is no resource is doubted by the right to that path', async () => {
    fake.script(({ path }) =>
      path.endsWith('/selfsubjectaccessreviews')
        ? accessReview(true)
        : statusReply(403, 'Forbidden'),
    );
    await assert.rejects(kube.serverTime(), (error) => {
      assert.ok(error instanceof DeniedTooEarlyError);
      assert.match(error.message, /grant the right to get \/version/);
      return true;
    });
    const asked: unknown = JSON.parse(fake.requests.at(-1)?.body ?? '');
    assert.partialDeepStrictEqual(asked, {
      spec: { nonResourceAttributes: { verb: 'get', path: '/version' } },
    });
  });

  it('is final when the server does not know who asks', async () => {
    const error = await denialWith(accessReview(true), statusReply(401, 'Unauthorized'));
    assert.ok(error instanceof ForbiddenError);
    assert.equal(fake.requests.length, 1);
  });
});
