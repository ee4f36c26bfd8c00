import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import { rotationSearchAttributes } from '../../../domain/search-attributes.ts';
import { rotationSpec } from '../../../mesh/resource/rotation-resource.ts';
import { readConfiguration } from '../../../worker/configuration.ts';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import type { ChartChecks } from './support/chart-checks.ts';
import { prepareChartChecks } from './support/chart-checks.ts';
import type { Manifest, Release } from '../../support/helm.ts';
import { dashboardText, readRules } from '../monitoring/monitoring-files.ts';
import { everythingOn, forTrials, minimalRights, otherObjects } from './support/operator-values.ts';

const chartFolder = path.join(
  import.meta.dirname,
  '../../../deploy/charts/trust-rotation-operator',
);
const release: Release = { chart: 'trust-rotation-operator', namespace: 'linkerd-trust' };

describe('the chart trust-rotation-operator', function () {
  this.timeout(goInstallTimeoutMs);
  let checks: ChartChecks;

  before(async function () {
    checks = await orPending(this, prepareChartChecks);
  });

  const forms = { default: {}, 'minimal-rights': minimalRights, everythingOn, forTrials };
  for (const [form, values] of Object.entries(forms)) {
    it(`is valid for Kubernetes and its add-ons in its form ${form}`, async () => {
      const rendered = await checks.helm.template({ ...release, values });
      assert.ok(rendered.some(({ kind }) => kind === 'Deployment'));
      assert.deepEqual(await checks.findInvalid(rendered), []);
      assert.deepEqual(await checks.helm.lint({ ...release, values }), []);
    });
  }

  it('asks for no right to grant where somebody else grants', async () => {
    const rendered = await checks.helm.template({ ...release, values: minimalRights });
    assert.deepEqual(kindsOf(rendered), ['Deployment', 'Service']);
  });

  it('makes a restricted pod of each container, also of the dev server', async () => {
    const values = { ...forTrials };
    const rendered = await checks.helm.template({ ...release, values });
    const pods = rendered.flatMap((object) => {
      const template = podOwner.safeParse(object);
      return template.success ? [template.data.spec.template] : [];
    });
    assert.equal(pods.length, 2);
    for (const { metadata, spec } of pods) {
      assert.equal(metadata.annotations['linkerd.io/inject'], 'disabled');
      assert.equal(spec.securityContext.runAsNonRoot, true);
      assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' });
      for (const { securityContext } of spec.containers) {
        assert.deepEqual(securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('marks the dev server as one for trials, and points the worker at it', async () => {
    const webUi = 'http://localhost:8233';
    const values = { devServer: { enabled: true }, temporal: { webUi } };
    const rendered = await checks.helm.template({ ...release, values });
    const name = 'trust-rotation-operator-temporal';
    const marked = rendered.filter(
      ({ metadata }) => metadata.annotations?.['trust.linkerd.io/for-trials-only'] !== undefined,
    );
    assert.deepEqual(
      marked.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [`Service ${name}`, `StatefulSet ${name}`],
    );
    const env = z.array(z.object({ name: z.string(), value: z.string() })).parse(envOf(rendered));
    const valueOf = (name: string) => env.find((entry) => entry.name === name)?.value;
    assert.deepEqual(
      [valueOf('TEMPORAL_ADDRESS'), valueOf('TEMPORAL_UI_URL')],
      [`${name}:7233`, webUi],
    );
    const notes = await checks.helm.notes({ ...release, values });
    assert.match(notes, /WARNING: devServer\.enabled=true is for trials only/);
    assert.doesNotMatch(await checks.helm.notes(release), /WARNING/);
  });

  it('gives the dev server a name that a StatefulSet’s pods can bear, however long the release’s is', async () => {
    const name = 'a-release-whose-name-is-as-long-as-helm-lets-it-be-53';
    const values = { devServer: { enabled: true } };
    const rendered = await checks.helm.template({ ...release, name, values });
    const [set] = rendered.filter(({ kind }) => kind === 'StatefulSet');
    const length = set?.metadata.name.length ?? Infinity;
    assert.ok(length <= 52, `${String(length)} characters`);
  });

  it('installs alerts and dashboard as they stand in the repository', async () => {
    const rendered = await checks.helm.template({ ...release, values: { ...everythingOn } });
    const specs = rendered
      .filter(({ kind }) => kind === 'PrometheusRule')
      .map((object) => object['spec']);
    assert.deepEqual(specs, [await readRules()]);
    const [dashboard] = rendered.filter(({ kind }) => kind === 'ConfigMap');
    assert.deepEqual(dashboard?.['data'], { 'trust-rotation.json': await dashboardText() });
  });

  it('leaves the resource in the cluster, and its trigger to people', async () => {
    const rendered = await checks.helm.template(release);
    const [rotation] = rendered.filter(({ kind }) => kind === 'TrustAnchorRotation');
    assert.equal(rotation?.metadata.name, 'cluster');
    assert.equal(rotation.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
    const values = { rotation: { spec: { trigger: 'now' } } };
    await assert.rejects(checks.helm.template({ ...release, values }), /trigger/);
  });

  it('tells the resource whose the bundle is, beside what its spec says', async () => {
    const spec = { pace: 'Urgent' };
    const values = { bundle: { ownership: 'Direct' }, rotation: { spec } };
    const rendered = await checks.helm.template({ ...release, values });
    const [rotation] = rendered.filter(({ kind }) => kind === 'TrustAnchorRotation');
    const objects = await documentedNames();
    assert.deepEqual(rotation?.['spec'], { ...spec, bundle: { ownership: 'Direct' }, objects });
  });

  it('tells the resource and the worker by which names the objects go', async () => {
    const bundleKey = 'roots.pem';
    const spec = { objects: { bundleKey, lease: otherObjects.lease } };
    const values = { objects: otherObjects, rotation: { spec } };
    const rendered = await checks.helm.template({ ...release, values });

    const [rotation] = rendered.filter(({ kind }) => kind === 'TrustAnchorRotation');
    const { objects } = rotationSpec.parse(rotation?.['spec']);
    assert.deepEqual(objects, { ...documentedObjects, ...otherObjects, bundleKey });
    const env = z.array(z.object({ name: z.string(), value: z.string() })).parse(envOf(rendered));
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    assert.deepEqual(readConfiguration(settings).objects, {
      ...documentedObjects,
      ...otherObjects,
    });
  });

  it('says how each kind of Temporal is given its search attributes', async () => {
    const notes = await checks.helm.notes(release);
    for (const [name, type] of Object.entries(rotationSearchAttributes)) {
      assert.ok(notes.includes(`--name ${name} --type ${type}`), name);
      assert.ok(notes.includes(`--search-attribute ${name}=${type}`), name);
    }
  });

  it('says what to do before it is uninstalled, where the operator answers for the resource', async () => {
    assert.match(await checks.helm.notes(release), /uninstalled[^]*kubectl delete tar cluster/);
    const alone = await checks.helm.notes({ ...release, values: minimalRights });
    assert.doesNotMatch(alone, /kubectl delete/);
  });

  it('takes imported sources where it grants the rights, or somebody else does', async () => {
    const rotation = { spec: { anchor: { source: 'Imported' }, bridge: { source: 'Imported' } } };
    for (const rbac of [{ imports: true }, { create: false }]) {
      const rendered = await checks.helm.template({ ...release, values: { rotation, rbac } });
      assert.ok(rendered.some(({ kind }) => kind === 'TrustAnchorRotation'));
    }
  });

  const refused: Readonly<Record<string, { values: object; because: RegExp }>> = {
    'a value that it does not know': { values: { replica: 3 }, because: /replica/ },
    'an address with a scheme': {
      values: { temporal: { address: 'https://temporal.example.com:7233' } },
      because: /address/,
    },
    'a time to end that is shorter than the worker takes': {
      values: { terminationGracePeriodSeconds: 30 },
      because: /terminationGracePeriodSeconds/,
    },
    'an owner of the bundle that the rights would not follow': {
      values: { rotation: { spec: { bundle: { ownership: 'Direct' } } } },
      because: /bundle/,
    },
    'an imported anchor without the rights to take it over': {
      values: { rotation: { spec: { anchor: { source: 'Imported' } } } },
      because: /rotation\.spec\.anchor\.source is Imported.*set rbac\.imports to true/,
    },
    'an imported bridge without the rights to take it over': {
      values: { rotation: { spec: { bridge: { source: 'Imported' } } } },
      because: /rotation\.spec\.bridge\.source is Imported.*set rbac\.imports to true/,
    },
    'a name for the resource that the rights would not follow': {
      values: { rotation: { spec: { objects: { trustAnchor: 'root' } } } },
      because:
        /rotation\.spec\.objects\.trustAnchor is root and objects\.trustAnchor is linkerd-trust-anchor: .* set it there/,
    },
    'a name that Kubernetes would not take': {
      values: { objects: { bundle: 'Trust Roots"' } },
      because: /bundle/,
    },
  };
  for (const [what, { values, because }] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(checks.helm.template({ ...release, values: { ...values } }), because);
    });
  }

  it('has an example for Temporal Cloud that renders as it stands', async () => {
    const text = await readFile(path.join(chartFolder, 'examples/temporal-cloud.yaml'), 'utf8');
    const values = z.record(z.string(), z.unknown()).parse(parse(text));
    const rendered = await checks.helm.template({ ...release, values });
    assert.deepEqual(await checks.findInvalid(rendered), []);
  });
});

const podOwner = z.object({
  kind: z.enum(['Deployment', 'StatefulSet']),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
      spec: z.object({
        securityContext: z.object({ runAsNonRoot: z.boolean(), seccompProfile: z.unknown() }),
        containers: z.array(
          z.object({ securityContext: z.unknown(), env: z.array(z.unknown()).optional() }),
        ),
      }),
    }),
  }),
});

async function documentedNames(): Promise<unknown> {
  const text = await readFile(path.join(chartFolder, 'values.yaml'), 'utf8');
  return z.object({ objects: z.record(z.string(), z.string()) }).parse(parse(text)).objects;
}

function kindsOf(manifests: readonly Manifest[]): readonly string[] {
  return manifests.map(({ kind }) => kind).toSorted();
}

function envOf(manifests: readonly Manifest[]): unknown {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return podOwner.parse(deployment).spec.template.spec.containers[0]?.env;
}
