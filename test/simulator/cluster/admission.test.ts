import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { createServerCertificate } from '../../../simulator/server-certificate.ts';
import { PODS } from '../../../simulator/cluster/resources.ts';
import { make, refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

const namespace = 'default';
const requestSchema = z.object({
  request: z.object({
    uid: z.string(),
    dryRun: z.boolean(),
    namespace: z.string(),
    object: z.looseObject({ metadata: z.looseObject({ name: z.string() }) }),
  }),
});
type Review = z.infer<typeof requestSchema>['request'];

describe('the simulated API server’s admission', () => {
  let fixture: ClusterFixture;
  let server: Server;
  let port: number;
  let ca: string;
  const seen: Review[] = [];

  before(async () => {
    const pair = await createServerCertificate('127.0.0.1', 'injector.test');
    ca = pair.ca;
    server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString())).request;
        seen.push(review);
        const allowed = review.object.metadata.name !== 'unwanted';
        const patch = [
          { op: 'add', path: '/metadata/annotations', value: { injected: request.url } },
        ];
        const answer = allowed
          ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
          : { status: { code: 403, message: 'no such pod here' } };
        response.end(JSON.stringify({ response: { uid: review.uid, allowed, ...answer } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Sound: a TCP server that listens has an address of this form.
    ({ port } = server.address() as AddressInfo);
  });
  after(() => new Promise<void>((resolve) => server.close(() => resolve())));

  beforeEach(async () => {
    seen.length = 0;
    fixture = await startFixture();
  });
  afterEach(() => fixture.stop());

  async function register(webhook: object): Promise<void> {
    const rules = [
      { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
    ];
    const body = {
      metadata: { name: 'injector' },
      webhooks: [{ name: 'injector.linkerd.io', rules, ...webhook }],
    };
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
    assert.equal((await fixture.request(path, { method: 'POST', body })).status, 201);
  }
  function byUrl(path: string): object {
    const caBundle = Buffer.from(ca).toString('base64');
    return { clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle } };
  }
  function createPod(name: string, options: { dryRun?: string } = {}) {
    const spec = { containers: [{ name: 'app' }] };
    const body = make(V1Pod, { metadata: { name, labels: { app: name } }, spec });
    return fixture.core.createNamespacedPod({ namespace, body, ...options });
  }

  it('patches a pod as the webhook says, on a dry run too', async () => {
    await register(byUrl('/mutate'));

    const pod = await createPod('web');
    const dry = await createPod('dry', { dryRun: 'All' });

    assert.deepEqual(pod.metadata?.annotations, { injected: '/mutate' });
    assert.deepEqual(dry.metadata?.annotations, { injected: '/mutate' });
    assert.deepEqual(
      seen.map(({ dryRun }) => dryRun),
      [false, true],
    );
    assert.equal(fixture.cluster.store.get(PODS, { namespace, name: 'dry' }), undefined);
  });

  it('asks only for pods that the selectors match', async () => {
    const namespaceSelector = { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] };
    await register({
      ...byUrl('/'),
      namespaceSelector,
      objectSelector: { matchLabels: { app: 'yes' } },
    });

    await createPod('no');
    await createPod('yes');

    assert.deepEqual(
      seen.map(({ object }) => object.metadata.name),
      ['yes'],
    );
  });

  it('refuses what the webhook denies', async () => {
    await register(byUrl('/'));

    await assert.rejects(createPod('unwanted'), refusal(403, 'Forbidden'));
  });

  it('follows failurePolicy when the webhook cannot be asked or trusted', async () => {
    const otherCa = Buffer.from(
      (await createServerCertificate('127.0.0.1', 'injector.test')).ca,
    ).toString('base64');
    const clientConfig = { url: `https://127.0.0.1:${port}/`, caBundle: otherCa };
    await register({ clientConfig });
    await assert.rejects(createPod('strict'), refusal(500, 'InternalError'));

    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/injector';
    const body = [{ op: 'add', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    assert.equal((await fixture.request(path, { method: 'PATCH', headers, body })).status, 200);

    assert.equal((await createPod('lenient')).metadata?.annotations, undefined);
  });
});
