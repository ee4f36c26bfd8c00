import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { guideSettings, pkiObjects } from '../../../domain/pki-objects.ts';
import { collectionPath } from '../../../simulator/mesh/kube/apply-object.ts';
import { connectKubeApi, refusalStatus } from '../../../simulator/mesh/kube/kube-api.ts';
import type { SimulatedPki } from '../../support/simulated-pki.ts';
import { startPki } from '../../support/simulated-pki.ts';

describe("the set-up of Linkerd's guide", () => {
  let pki: SimulatedPki;

  before(async () => {
    pki = await startPki();
  });
  after(() => pki.stop());

  it('leaves out none of its objects', async () => {
    const api = await connectKubeApi(pki.cluster.kubeConfigYaml());
    const missing: string[] = [];
    for (const object of pkiObjects(documentedObjects, guideSettings('cluster.local'))) {
      const path = `${collectionPath(object)}/${object.metadata.name}`;
      await api.get(path).catch((error: unknown) => {
        if (refusalStatus(error) !== 404) throw error;
        missing.push(`${object.kind} ${object.metadata.name}`);
      });
    }
    await api.close();
    assert.deepEqual(missing, []);
  });
});
