import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { describeMissingRight, missingRights, rightsOf, whyNeeded } from '../../mesh/rights.ts';
import { startApiFake } from '../fakes/api-fake.ts';

describe('the rights of the rotation', () => {
  it('are asked for one by one, and those that lack are named with their purpose', async () => {
    const fake = await startApiFake();
    const kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: 5_000,
    });
    fake.script(({ body }) => ({
      status: 201,
      body: { status: { allowed: !body.includes('"clusterissuers"') } },
    }));
    try {
      const missing = await missingRights(kube, objects);

      assert.deepEqual(missing.map(describeMissingRight), [
        'get clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to know which Secret signs the identity issuer',
        'patch clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to choose the Secret that signs the identity issuer',
      ]);
      assert.equal(fake.requests.length, rightsOf(objects).length);
      assert.ok(fake.connections() <= 8);
      assert.ok(fake.requests.every(({ body }) => !body.includes('"why"')));
    } finally {
      await kube.close();
      await fake.stop();
    }
  });

  it('never cover reading all Secrets, or writing the anchor’s own', () => {
    const onSecrets = rightsOf(objects).filter(({ resource }) => resource === 'secrets');

    assert.ok(onSecrets.every(({ namespace }) => namespace !== undefined));
    assert.ok(onSecrets.every(({ verb, name }) => verb === 'create' || name !== undefined));
    assert.ok(!onSecrets.some(({ verb, name }) => verb !== 'get' && name === objects.trustAnchor));
  });

  it('explain an operation by the row of its object, else of its kind', () => {
    const { secrets, pods, events } = resources;

    assert.equal(
      whyNeeded({
        verb: 'get',
        type: secrets,
        namespace: 'cert-manager',
        name: objects.trustAnchor,
      }),
      'read the trust anchor',
    );
    assert.equal(whyNeeded({ verb: 'list', type: pods }), 'find every live proxy');
    assert.equal(whyNeeded({ verb: 'watch', type: events }), undefined);
  });
});
