import assert from 'node:assert/strict';
import { defaultTimings } from '../../../domain/rotation-request.ts';
import { documentedObjects as objects } from '../../../domain/objects.ts';
import { readCheckFacts } from '../../../mesh/checks/read-check-facts.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { accessReview, startApiFake, statusReply } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

describe('the facts that checks are judged by', () => {
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

  /** What lacks, before Linkerd is installed, for an account that may do nothing. */
  async function lacking(crd: string): Promise<readonly string[]> {
    fake.script(({ path }) => {
      if (path.endsWith('/selfsubjectaccessreviews')) return accessReview(false);
      if (path === '/version') return { status: 200, body: {} };
      if (path.endsWith(crd)) return { status: 200, body: { metadata: { name: crd } } };
      return statusReply(404, 'NotFound');
    });
    const { missingRights } = await readCheckFacts(
      // Sound: proxies are not looked at before Linkerd is installed.
      { kube, surveyor: {} as never },
      { objects, timings: defaultTimings, rights: [], isBefore: true },
    );
    assert.ok(missingRights.found);
    return missingRights.value;
  }

  it('have the rights of an operator where its resource can exist', async () => {
    const rights = await lacking('trustanchorrotations.trust.linkerd.io');
    assert.ok(rights.some((text) => text.startsWith('watch trustanchorrotations')));
    assert.ok(rights.some((text) => text.startsWith('create events')));
    assert.deepEqual(await lacking('bundles.trust.cert-manager.io'), []);
  });
});
