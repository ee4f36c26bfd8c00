import assert from 'node:assert/strict';
import { z } from 'zod';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import {
  ClusterError,
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  isRetryable,
  KubernetesError,
  NotFoundError,
  RequestTimeoutError,
  ServerFaultError,
  ThrottledError,
  UnexpectedObjectError,
  UnreachableError,
  WebhookDownError,
} from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { ApiFake, Reply } from '../../fakes/api-fake.ts';
import { accessReview, startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

const secret = { type: resources.secrets, namespace: 'cert-manager', name: 'linkerd-trust-anchor' };
const named = z.object({ metadata: z.object({ name: z.string() }) });

describe('a failed request to an API server', () => {
  let fake: ApiFake;
  let kube: Kube;
  let cancellation: AbortController;

  beforeEach(async () => {
    fake = await startApiFake();
    cancellation = new AbortController();
    kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
      signal: () => cancellation.signal,
    });
  });

  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  async function failureOf(reply: Reply, call = () => kube.get(secret, named)): Promise<Error> {
    fake.script(({ path }) =>
      path.endsWith('/selfsubjectaccessreviews') ? accessReview(false) : reply,
    );
    try {
      await call();
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    }
    assert.fail('the call succeeded');
  }

  describe('when the answer is no', () => {
    it('tells a refused right with what it is needed for', async () => {
      const error = await failureOf(statusReply(403, 'Forbidden'));

      assert.ok(error instanceof ForbiddenError);
      assert.equal(error.retryable, false);
      assert.match(
        error.message,
        /^Could not read Secret cert-manager\/linkerd-trust-anchor: .*403/,
      );
      assert.match(
        error.message,
        /grant the right to get secrets "linkerd-trust-anchor" in namespace cert-manager, needed to read the trust anchor/,
      );
    });

    it('tells unusable credentials as a missing right, and how to look at them', async () => {
      const error = await failureOf(statusReply(401, 'Unauthorized'));

      assert.ok(error instanceof ForbiddenError);
      assert.match(error.message, /Next step: log in anew, or check .*"kubectl auth whoami"/);
    });

    it('tells a conflict from a name that is taken', async () => {
      const conflict = await failureOf(statusReply(409, 'Conflict'));
      const taken = await failureOf(statusReply(409, 'AlreadyExists'));

      assert.ok(conflict instanceof ConflictError && !conflict.alreadyExists);
      assert.ok(taken instanceof ConflictError && taken.alreadyExists);
      assert.ok(isRetryable(conflict));
    });

    it('passes on how long the server asks to wait', async () => {
      const headers = { 'retry-after': '7' };
      const throttled = await failureOf(statusReply(429, 'TooManyRequests', { headers }));
      const unavailable = await failureOf(statusReply(503, 'ServiceUnavailable'));

      assert.ok(throttled instanceof ThrottledError);
      assert.equal(throttled.retryAfterMs, 7_000);
      assert.ok(unavailable instanceof ThrottledError);
      assert.equal(unavailable.retryAfterMs, undefined);
    });

    it('does not retry what the server finds invalid', async () => {
      const error = await failureOf(statusReply(422, 'Invalid', { message: 'spec.x: Required' }));

      assert.ok(error instanceof InvalidRequestError);
      assert.match(error.message, /422 \(Invalid: spec\.x: Required\)/);
      assert.equal(isRetryable(error), false);
    });

    it('tells a missing object of a write', async () => {
      const error = await failureOf(statusReply(404, 'NotFound'), async () => {
        await kube.patch(secret, {}, 'merge');
      });

      assert.ok(error instanceof NotFoundError);
      assert.match(error.message, /^Could not change Secret/);
    });

    it('names what stands behind a webhook that does not answer', async () => {
      const words = 'Internal error occurred: failed calling webhook "webhook.cert-manager.io": ';
      const url = 'https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s';
      const refused = `failed to call webhook: Post "${url}": dial tcp: connect: connection refused`;
      const message = `${words}${refused}`;
      const error = await failureOf(statusReply(500, 'InternalError', { message }));
      const elsewhere = await failureOf(statusReply(500, 'InternalError', { message: words }));

      assert.ok(error instanceof WebhookDownError && isRetryable(error));
      assert.match(
        error.message,
        /connection refused\)\. Next step: look at the pods behind Service cert-manager\/cert-manager-webhook and at their certificate: /,
      );
      assert.match(elsewhere.message, /look at what serves webhook webhook\.cert-manager\.io: /);
    });

    it('retries other faults of the server, and quotes no page of a proxy', async () => {
      const error = await failureOf({ status: 502, body: '<html>Bad Gateway</html>' });

      assert.ok(error instanceof ServerFaultError);
      assert.doesNotMatch(error.message, /html/);
      assert.ok(isRetryable(error));
    });

    it('never quotes encoded data', async () => {
      const message = `cannot decode ${Buffer.alloc(120, 7).toString('base64')}`;
      const error = await failureOf(statusReply(400, 'BadRequest', { message }));

      assert.match(error.message, /cannot decode \[data removed\]/);
    });

    it('names the fields of an unexpected object without their values', async () => {
      const error = await failureOf({ status: 200, body: { metadata: { name: 4711 } } });

      assert.ok(error instanceof UnexpectedObjectError);
      assert.match(error.message, /metadata\.name/);
      assert.doesNotMatch(error.message, /4711/);
    });

    it('tells an answer that is no JSON', async () => {
      const error = await failureOf({ status: 200, body: 'plain' });

      assert.ok(error instanceof UnexpectedObjectError);
    });
  });

  describe('when there is no answer', () => {
    it('tells a connection that was cut', async () => {
      const error = await failureOf('reset');

      assert.ok(error instanceof UnreachableError);
      assert.ok(error.code !== undefined);
      assert.ok(isRetryable(error));
      assert.match(error.message, /Next step: check that the API server is up/);
    });

    it('tells a server that nobody listens on', async () => {
      await fake.stop();
      fake = await startApiFake();
      const error = await failureOf('reset');

      assert.ok(error instanceof UnreachableError);
      assert.equal(error.code, 'ECONNREFUSED');
    });

    it('tells a certificate that is not accepted', async () => {
      const other = await startApiFake();
      const stranger = await connectCluster({
        kubeConfigYaml: fake.kubeConfigYaml.replace(fake.url, other.url),
        requestTimeoutMs: patienceMs,
      });
      try {
        await assert.rejects(stranger.get(secret, named), (error) => {
          assert.ok(error instanceof UnreachableError);
          assert.match(error.message, /certificate-authority-data/);
          return true;
        });
      } finally {
        await stranger.close();
        await other.stop();
      }
    });

    it('ends a hung request at its deadline', async () => {
      fake.script(() => 'hang');
      const impatient = await connectCluster({
        kubeConfigYaml: fake.kubeConfigYaml,
        requestTimeoutMs: 50,
      });
      try {
        await assert.rejects(impatient.get(secret, named), (error) => {
          assert.ok(error instanceof RequestTimeoutError);
          assert.match(error.message, /did not answer within 50 ms/);
          return true;
        });
      } finally {
        await impatient.close();
      }
    });

    it('ends a hung request at once when it is cancelled, with the very reason', async () => {
      fake.script(() => 'hang');
      const reason = new Error('the activity was cancelled');
      const call = kube.get(secret, named);
      const rejected = assert.rejects(call, (error) => error === reason);

      cancellation.abort(reason);

      await rejected;
    });
  });

  it('tells credentials that cannot be made before anything is sent', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such/plugin' };
    const config = fake.kubeConfigYaml.replace(
      'token: fake-token',
      `exec: ${JSON.stringify({ ...exec, interactiveMode: 'Never' })}`,
    );
    const stranger = await connectCluster({ kubeConfigYaml: config, requestTimeoutMs: patienceMs });
    try {
      await assert.rejects(stranger.get(secret, named), (error) => {
        assert.ok(error instanceof ClusterError);
        assert.match(error.message, /^Could not prepare a request to https:.*exec plugin/);
        return true;
      });
      assert.equal(fake.requests.length, 0);
    } finally {
      await stranger.close();
    }
  });

  it('names what every failure was about', async () => {
    const error = await failureOf(statusReply(500, 'InternalError'), async () => {
      await kube.list(resources.pods, rawObject, { namespace: 'shop' });
    });

    assert.ok(error instanceof KubernetesError);
    assert.match(error.message, /^Could not list pods in namespace shop: /);
    assert.equal(error.name, 'ServerFaultError');
    assert.equal(error.operation.verb, 'list');
  });
});
