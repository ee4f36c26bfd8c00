import assert from 'node:assert/strict';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resourceRef } from '../../../mesh/resource/resource-ref.ts';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import type { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import { readCrd } from '../../support/rotation-crd.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('the operator, given what cannot be', () => {
  let bench: OperatorBench;
  let resource: ResourceInUse;

  beforeEach(async () => {
    bench = await startOperatorBench();
    ({ resource } = bench);
  });

  afterEach(() => bench.stop());

  it('says once that its definition is missing and what to do, and goes on when it appears', async () => {
    await bench.start();
    await waitFor(() => bench.paths.length >= 5, { what: 'five tries' });
    assert.equal(bench.warnings.length, 1, bench.warnings.join('\n'));
    assert.match(
      bench.warnings[0] ?? '',
      /^the TrustAnchorRotation cannot be watched: .*CustomResourceDefinition trustanchorrotations\.trust\.linkerd\.io is not installed.* Next step: install the chart trust-rotation-crds/,
    );

    await bench.install({ trigger: 'first' });
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    assert.deepEqual(bench.started, ['first']);
  });

  it('does nothing for a second resource, which the definition refuses with a sentence', async () => {
    assert.match(
      JSON.stringify(await readCrd()),
      /"rule":"self\.metadata\.name == 'cluster'","message":"a cluster has one TrustAnchorRotation, and its name is cluster"/,
    );

    await bench.atRest();
    const second = { ...resourceRef, name: 'second' };
    // The simulated API server judges by no CEL: as one that is too old for it would, it takes this.
    await bench.pki.kube.create(second, { spec: { trigger: 'first' } });
    await bench.passes(10);
    assert.deepEqual(bench.started, []);
    const { metadata, status } = (await bench.pki.kube.get(second, rawObject)) ?? {};
    assert.doesNotMatch(JSON.stringify(metadata), /finalizers/);
    assert.equal(status, undefined);
  });

  const unknown: readonly (readonly [object, RegExp])[] = [
    [{ trustAnchor: 'nope' }, /Secret cert-manager\/nope/],
    [{ trustNamespace: 'nowhere' }, /Secret nowhere\/linkerd-trust-anchor/],
    [{ linkerdNamespace: 'nowhere' }, /Secret nowhere\/linkerd-identity-issuer/],
    [{ identityIssuer: 'nope' }, /Secret linkerd\/nope/],
    [{ clusterIssuer: 'nope' }, /ClusterIssuer nope/],
    [{ bundle: 'nope' }, /ConfigMap linkerd\/nope/],
  ];
  for (const [objects, named] of unknown) {
    it(`names what does not exist, and starts when the spec is put right: ${JSON.stringify(objects)}`, async () => {
      await bench.install({ objects, trigger: 'first' });
      await bench.start();
      const status = await resource.until(
        'what is not there',
        (now) => conditionOf(now, 'SpecAccepted') === 'Unknown/Waiting',
      );
      assert.equal(conditionOf(status, 'Ready'), 'False/SurveyFailed');
      for (const type of ['Ready', 'SpecAccepted']) {
        const { message = '' } = status.conditions.find((one) => one.type === type) ?? {};
        assert.match(message, named);
        assert.match(message, /Next step: /);
      }
      assert.deepEqual(bench.started, []);

      const [name = ''] = Object.keys(objects);
      await resource.patch({ objects: { [name]: null } });
      await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
      assert.deepEqual(bench.started, ['first']);
    });
  }
});
