import assert from 'node:assert/strict';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { tellMissingRights } from '../../../worker/operator/missing-rights.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { accessReview, startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

const mayNot = (...verbs: readonly string[]) =>
  verbs.map(
    (verb) =>
      `${verb} trustanchorrotations.trust.linkerd.io "cluster" in the whole cluster, needed to know what the owner of the cluster wants`,
  );

describe('the rights of an operator, looked at when it starts', () => {
  let fake: ApiFake;
  let kube: Kube;
  let warnings: { readonly fields: object; readonly message: string }[];
  const log = {
    info: () => undefined,
    warn: (fields: object, message: string) => warnings.push({ fields, message }),
  };

  beforeEach(async () => {
    warnings = [];
    fake = await startApiFake();
    const { kubeConfigYaml } = fake;
    kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  });
  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  /** Grants everything but what `isRefused` says, on a cluster with this resource or none. */
  function grant(isRefused: (asked: string) => boolean, resource?: object): void {
    fake.script(({ path, body }) => {
      if (path.endsWith('/selfsubjectaccessreviews')) return accessReview(!isRefused(body));
      return resource === undefined
        ? statusReply(404, 'NotFound')
        : { status: 200, body: resource };
    });
  }

  it('are told of where they lack, with what each is for and what to do', async () => {
    grant((asked) => asked.includes('"trustanchorrotations"') && !asked.includes('"status"'));

    await tellMissingRights({ kube, log }, { reachProxiesBy: 'pod-ip' });

    const [warning] = warnings;
    assert.equal(warning?.message, 'the operator lacks rights');
    assert.deepEqual(warning.fields, {
      missing: [
        ...mayNot('get', 'list', 'watch'),
        'patch trustanchorrotations.trust.linkerd.io "cluster" in the whole cluster, needed to keep the resource until the mesh is safe, and answer approvals',
      ],
      nextStep:
        'grant them to the account of this worker, as the chart trust-rotation-operator does with rbac.create=true',
    });
  });

  it('are those of the rotations that the resource would start, by its names', async () => {
    const metadata = { uid: 'u', resourceVersion: '1' };
    const spec = { objects: { lease: 'lock' }, anchor: { source: 'Imported' } };
    grant((asked) => /"lock"|"linkerd-next-anchor"/.test(asked), { metadata, spec });

    await tellMissingRights({ kube, log }, { reachProxiesBy: 'port-forward' });

    const text = JSON.stringify(warnings);
    assert.match(text, /get leases\.coordination\.k8s\.io \\"lock\\" in namespace linkerd/);
    assert.match(text, /delete secrets \\"linkerd-next-anchor\\"/);
    assert.ok(fake.requests.some(({ body }) => body.includes('"portforward"')));
  });

  it('are no matter for the log where all are granted', async () => {
    grant(() => false);
    await tellMissingRights({ kube, log }, { reachProxiesBy: 'pod-ip' });
    assert.deepEqual(warnings, []);
  });

  it('keep nothing from starting where they cannot be asked for', async () => {
    fake.script(() => statusReply(500, 'InternalError'));
    await tellMissingRights({ kube, log }, { reachProxiesBy: 'pod-ip' });
    assert.deepEqual(
      warnings.map(({ message }) => message),
      ['the rights of the operator could not be looked at'],
    );
  });
});
