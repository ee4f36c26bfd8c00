import assert from 'node:assert/strict';
import { z } from 'zod';
import {
  bundle,
  identityIssuer,
  namespaces,
  trustAnchor,
} from '../../../simulator/guide/guide-objects.ts';
import { runClient } from '../../client/run-client.ts';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import type { ChartChecks } from './support/chart-checks.ts';
import { prepareChartChecks } from './support/chart-checks.ts';
import type { Manifest } from '../../support/helm.ts';
import { everythingOn, imported, minimal } from './support/trust-pki-values.ts';

describe('the chart linkerd-trust-pki', function () {
  this.timeout(goInstallTimeoutMs);
  let checks: ChartChecks;

  before(async function () {
    checks = await orPending(this, prepareChartChecks);
  });

  const release = { chart: 'linkerd-trust-pki', namespace: 'cert-manager' } as const;

  it("holds the objects of Linkerd's guide, apart from what the guide says about renewal", async () => {
    const rendered = await checks.helm.template(release);
    const guide = [...namespaces(), ...trustAnchor({}), ...identityIssuer({}), bundle()]
      // cert-manager is installed there before the chart is.
      .filter(({ kind, metadata }) => kind !== 'Namespace' || metadata.name === 'linkerd')
      .map((object) =>
        nameOf(object) === 'Certificate linkerd-trust-anchor'
          ? {
              ...object,
              spec: {
                ...z.looseObject({}).parse(object['spec']),
                renewBefore: '1440h0m0s',
                renewal: { policy: 'Disabled' },
              },
            }
          : object,
      );
    const access = ['ServiceAccount', 'Role', 'RoleBinding'];
    assert.deepEqual(
      byName(rendered.filter(({ kind }) => !access.includes(kind)).map(withoutMarks)),
      byName(guide),
    );
    assert.deepEqual(rendered.filter(({ kind }) => access.includes(kind)).map(nameOf), [
      'ServiceAccount cert-manager',
      'Role cert-manager-secret-creator',
      'RoleBinding cert-manager-secret-creator-binding',
    ]);
  });

  const alike: Readonly<Record<string, { flags: readonly string[]; values: object }>> = {
    'by default': { flags: [], values: {} },
    'with a Bundle that takes roots from ca.crt': {
      flags: ['--bundle-source-key', 'ca.crt'],
      values: { bundle: { sourceKey: 'ca.crt' } },
    },
    'with an anchor that its owner makes': {
      flags: ['--anchor-source', 'imported'],
      values: { anchor: { source: 'Imported' } },
    },
  };
  for (const [when, { flags, values }] of Object.entries(alike)) {
    it(`holds what linkerd-trust bootstrap renders, setting by setting, ${when}`, async () => {
      const { code, stdout } = await runClient(['bootstrap', '--output', 'json', ...flags]);
      assert.equal(code, 0);
      const { items } = z
        .object({ items: z.array(z.custom<Manifest>()) })
        .parse(JSON.parse(stdout));

      const rendered = await checks.helm.template({ ...release, values: { ...values } });
      // The guide's ServiceAccount leaves this out, and bootstrap takes what the guide made for the same.
      const asTheGuide = rendered.map(({ automountServiceAccountToken: _, ...object }) => object);
      assert.deepEqual(byName(items), byName(asTheGuide.map(withoutMarks)));
    });
  }

  for (const [form, values] of Object.entries({
    default: {},
    minimal,
    'everything-on': everythingOn,
    imported,
  })) {
    it(`is valid for Kubernetes, cert-manager and trust-manager in its ${form} form`, async () => {
      const rendered = await checks.helm.template({ ...release, values });
      assert.ok(rendered.length > 0);
      assert.deepEqual(await checks.findInvalid(rendered), []);
      assert.deepEqual(await checks.helm.lint({ ...release, values }), []);
    });
  }

  it('leaves to others what they have already', async () => {
    const rendered = await checks.helm.template({ ...release, values: minimal });
    assert.deepEqual(rendered.map(nameOf).toSorted(), [
      'Certificate linkerd-identity-issuer',
      'Certificate linkerd-trust-anchor',
      'ClusterIssuer linkerd-identity-issuer',
      'Issuer linkerd-trust-root-issuer',
    ]);
  });

  it('makes nothing that would write over an anchor from elsewhere', async () => {
    const rendered = await checks.helm.template({
      ...release,
      values: { ...minimal, anchor: { source: 'Imported' } },
    });
    assert.deepEqual(rendered.map(nameOf).toSorted(), [
      'Certificate linkerd-identity-issuer',
      'ClusterIssuer linkerd-identity-issuer',
    ]);
  });

  it('keeps what the mesh cannot live without when it is uninstalled', async () => {
    const rendered = await checks.helm.template(release);
    const lost = rendered.filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] !== 'keep',
    );
    assert.deepEqual(lost.map(nameOf), []);
  });

  it("tells how the previous anchor is made, and warns of renewals behind one's back", async () => {
    const quiet = await checks.helm.notes(release);
    assert.match(quiet, /sed -e s\/linkerd-trust-anchor\/linkerd-previous-anchor\//);
    assert.doesNotMatch(quiet, /WARNING/);
    const loud = await checks.helm.notes({
      ...release,
      values: { anchor: { renewalPolicy: '', rotationPolicy: 'Never' } },
    });
    assert.equal(loud.match(/WARNING/g)?.length, 2);
  });

  it('tells where an anchor from elsewhere belongs, and warns of no renewal of it', async () => {
    const notes = await checks.helm.notes({
      ...release,
      values: { anchor: { source: 'Imported', renewalPolicy: '', rotationPolicy: 'Never' } },
    });
    assert.match(notes, /create secret generic -n cert-manager linkerd-trust-anchor/);
    assert.match(notes, /--from-file=ca\.crt=/);
    assert.match(notes, /kubectl delete certificate -n cert-manager linkerd-trust-anchor/);
    assert.doesNotMatch(notes, /wait certificate -n cert-manager|spec\.renewal|WARNING/);
    assert.match(notes, /wait certificate -n linkerd linkerd-identity-issuer/);
  });

  const refused: Readonly<Record<string, { values: object; because: RegExp }>> = {
    'a value that it does not know': { values: { ancor: {} }, because: /ancor/ },
    'a duration without a unit': { values: { anchor: { duration: '8760' } }, because: /duration/ },
    'an anchor that nobody makes': {
      values: { anchor: { source: 'Nobody' } },
      because: /source.*'CertManager', 'Imported'/s,
    },
    'a key of the anchors that no CA is in': {
      values: { bundle: { sourceKey: 'tls.key' } },
      because: /sourceKey.*'tls\.crt', 'ca\.crt'/s,
    },
    'a namespace that trust-manager would not find': {
      values: { linkerdNamespace: { labels: { 'linkerd.io/is-control-plane': null } } },
      because: /is-control-plane/,
    },
    'one common name for anchor and issuer': {
      values: { issuer: { commonName: 'root.linkerd.cluster.local' } },
      because: /must differ from the anchor's/,
    },
  };
  it("does not compare the issuer's name with one that an imported anchor need not bear", async () => {
    const values = {
      anchor: { source: 'Imported' },
      issuer: { commonName: 'root.linkerd.cluster.local' },
    };
    assert.ok((await checks.helm.template({ ...release, values })).length > 0);
  });

  for (const [what, { values, because }] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(checks.helm.template({ ...release, values: { ...values } }), because);
    });
  }

  it('would not pass with a kind that nobody serves', async () => {
    const unknown = { apiVersion: 'example.com/v1', kind: 'Anchor', metadata: { name: 'b' } };
    const [finding = ''] = await checks.findInvalid([unknown]);
    assert.match(finding, /^Anchor b: could not find schema/);
  });

  it('would not pass with a field that its CRD does not have', async () => {
    const [first] = (await checks.helm.template(release)).filter(
      ({ kind }) => kind === 'Certificate',
    );
    const spec = { ...z.looseObject({}).parse(first?.['spec']), rotate: 'Always' };
    const [finding = ''] = await checks.findInvalid(
      first === undefined ? [] : [{ ...first, spec }],
    );
    assert.match(finding, /rotate/);
  });
});

function nameOf({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}

function byName(objects: readonly Pick<Manifest, 'kind' | 'metadata'>[]): readonly object[] {
  return objects.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** Without what says that Helm has made it. */
function withoutMarks({ metadata, ...rest }: Manifest): Manifest {
  const { annotations: _, labels = {}, ...bare } = metadata;
  const own = Object.entries(labels).filter(([name]) => !name.startsWith('app.kubernetes.io/'));
  return {
    ...rest,
    metadata: own.length === 0 ? bare : { ...bare, labels: Object.fromEntries(own) },
  };
}
