import assert from 'node:assert/strict';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import type { ChartChecks } from './support/chart-checks.ts';
import { prepareChartChecks } from './support/chart-checks.ts';

describe('the chart trust-rotation-crds', function () {
  this.timeout(goInstallTimeoutMs);
  let checks: ChartChecks;

  before(async function () {
    checks = await orPending(this, prepareChartChecks);
  });

  const release = { chart: 'trust-rotation-crds', namespace: 'linkerd-trust' } as const;

  it('takes no values', async () => {
    await assert.rejects(
      checks.helm.template({ ...release, values: { keep: false } }),
      /additional properties 'keep' not allowed/,
    );
  });

  it('holds the CRD of TrustAnchorRotation, which outlives the release', async () => {
    const rendered = await checks.helm.template(release);
    assert.deepEqual(
      rendered.map(({ kind, metadata }) => [
        kind,
        metadata.name,
        metadata.annotations?.['helm.sh/resource-policy'],
      ]),
      [['CustomResourceDefinition', 'trustanchorrotations.trust.linkerd.io', 'keep']],
    );
    assert.deepEqual(await checks.findInvalid(rendered), []);
    assert.deepEqual(await checks.helm.lint(release), []);
  });

  it('says how the kind is taken away, which an uninstall leaves', async () => {
    const notes = await checks.helm.notes(release);
    assert.match(notes, /delete the resource first[^]*kubectl delete crd trustanchorrotations/);
  });
});
