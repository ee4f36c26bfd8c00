import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import {
  describeMissingRight,
  missingRights,
  namingMissingRights,
} from '../../mesh/rights-check.ts';
import { rightsOf } from '../../mesh/rights.ts';
import type { ApiFake } from '../fakes/api-fake.ts';
import { startApiFake, statusReply } from '../fakes/api-fake.ts';
import { patienceMs } from '../support/patience.ts';

describe('the check of rights', () => {
  const rights = rightsOf(objects);
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

  it('asks for each by itself, and names those that lack with their purpose', async () => {
    refuse('clusterissuers');

    const missing = await missingRights(kube, rights);

    assert.deepEqual(missing.map(describeMissingRight), [
      'get clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to know which Secret signs the identity issuer',
      'patch clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to choose the Secret that signs the identity issuer',
    ]);
    assert.equal(fake.requests.length, rights.length);
    assert.ok(fake.connections() <= 8);
    assert.ok(fake.requests.every(({ body }) => !body.includes('"why"')));
  });

  it('names everything that lacks where work ends at the first of it', async () => {
    refuse('leases');

    await assert.rejects(namingMissingRights(kube, rights, listLeases), {
      name: 'ForbiddenError',
      message:
        'Could not list leases in namespace kube-node-lease: the API server answered 403 (Forbidden: Forbidden.). ' +
        'Next step: grant the 4 rights that are missing: ' +
        'list leases.coordination.k8s.io in namespace kube-node-lease, needed to see whether clocks of nodes are behind; ' +
        'create leases.coordination.k8s.io in namespace linkerd, needed to keep a second engine out; ' +
        'get leases.coordination.k8s.io "linkerd-trust-rotation" in namespace linkerd, needed to keep a second engine out; ' +
        'patch leases.coordination.k8s.io "linkerd-trust-rotation" in namespace linkerd, needed to keep a second engine out.',
    });
  });

  it('leaves an error as it is where nothing more is known, and a result anyway', async () => {
    const right = 'grant the right to list pods in the whole cluster, needed to find';
    refuse('pods');
    await assert.rejects(namingMissingRights(kube, rights, listPods), {
      message: new RegExp(`Next step: ${right}`),
    });
    fake.script(() => statusReply(403, 'Forbidden'));
    await assert.rejects(namingMissingRights(kube, rights, listPods), {
      message: new RegExp(`Next step: retry, .*; if it stays, ${right}`),
    });

    const broken = new Error('something else');
    const failing = namingMissingRights(kube, rights, () => Promise.reject(broken));
    await assert.rejects(failing, broken);
    assert.equal(await namingMissingRights(kube, rights, () => Promise.resolve(7)), 7);
  });

  function listPods(): Promise<unknown> {
    return kube.list(resources.pods, rawObject);
  }

  function listLeases(): Promise<unknown> {
    return kube.list(resources.leases, rawObject, { namespace: 'kube-node-lease' });
  }

  /** Answers every review, with "no" for this kind of object, and refuses every other request. */
  function refuse(resource: string): void {
    fake.script(({ path, body }) => {
      if (!path.endsWith('/selfsubjectaccessreviews')) return statusReply(403, 'Forbidden');
      return { status: 201, body: { status: { allowed: !body.includes(`"${resource}"`) } } };
    });
  }
});
