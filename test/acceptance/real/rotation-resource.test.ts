import assert from 'node:assert/strict';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { InvalidRequestError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resourceRef } from '../../../mesh/resource/resource-ref.ts';
import type { EmptyCluster } from '../support/empty-cluster.ts';
import { startEmptyCluster } from '../support/empty-cluster.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';
import { ResourceInUse, shortSpec } from '../support/rotation-resource.ts';
import { patienceMs } from '../../support/patience.ts';

describe('the TrustAnchorRotation on a real API server', () => {
  requireRealCluster();
  let cluster: EmptyCluster | undefined;
  let kube: Kube;
  let resource: ResourceInUse;

  before(async () => {
    cluster = await startEmptyCluster();
    kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
    });
    resource = new ResourceInUse(kube);
    await resource.installDefinition();
    await resource.create({});
  });

  after(async () => {
    if (cluster === undefined) return;
    await kube.close();
    await cluster.stop();
  });

  it('gets the defaults of the code', async () => {
    const object = await kube.get(resourceRef, rawObject);
    assert.deepEqual(object?.['spec'], {
      method: 'Auto',
      pace: 'Steady',
      anchor: { source: 'CertManager' },
      bridge: { source: 'CertManager' },
      bundle: { ownership: 'TrustManager' },
      approvals: { switchIssuer: 'Required', retireAnchor: 'Required' },
      restarts: { waveSize: 10 },
      suspend: false,
      onAnchorRenewed: 'Report',
      onAnchorExpiring: 'Report',
      warnBeforeExpiry: '1440h',
      surveyEvery: '5m',
    });
  });

  it('takes what every scenario asks for', async () => {
    await resource.patch({ ...shortSpec, trigger: '2026-11', method: 'Overlap' });
    await resource.patch({ trigger: null, method: 'Auto' });
  });

  const refusals: readonly (readonly [object, RegExp])[] = [
    [{ method: 'Overlap', pace: 'Natural' }, /pace Natural needs method Auto or Bridge/],
    [
      { method: 'Overlap', bridge: { source: 'Imported' } },
      /bridge.source Imported needs method Auto or Bridge/,
    ],
    [{ anchor: { source: 'Luck' } }, /supported values: "CertManager", "Imported"/],
    [{ method: 'Luck' }, /supported values: "Auto", "Bridge", "Overlap"/],
    [{ trigger: 'anchor-renewed/0123' }, /a trigger is made of letters, digits/],
    [{ restarts: { waveSize: 0 } }, /greater than or equal to 1/],
    [{ surveyEvery: 'often' }, /must be a duration above zero/],
    [{ surveyEvery: '0s' }, /must be a duration above zero/],
    [{ timings: { poll: '5' } }, /must be a duration of at least 1ms/],
    [{ timings: { poll: '0s' } }, /must be a duration of at least 1ms/],
    [{ timings: { settle: '5' } }, /must be a duration such as/],
    [{ exceptions: [{ name: 'pod a/b', reason: '' }] }, /reason/],
  ];
  for (const [spec, why] of refusals) {
    it(`is refused with a sentence: ${JSON.stringify(spec)}`, async () => {
      await assert.rejects(resource.patch(spec), (error: unknown) => {
        assert.ok(error instanceof InvalidRequestError);
        assert.match(error.message, why);
        return true;
      });
    });
  }

  it('is the only one of its cluster', async () => {
    await assert.rejects(
      kube.create({ ...resourceRef, name: 'another' }, { spec: {} }),
      /a cluster has one TrustAnchorRotation, and its name is cluster/,
    );
  });
});
