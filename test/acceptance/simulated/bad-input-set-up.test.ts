import assert from 'node:assert/strict';
import { ExitCode } from '../../../client/exit-codes.ts';
import type { Laggard } from '../../../domain/convergence.ts';
import type { ObjectKey } from '../../../simulator/cluster/store.ts';
import type { Resource } from '../../../simulator/cluster/resources.ts';
import {
  BUNDLES,
  CERTIFICATES,
  CLUSTER_ISSUERS,
  CONFIG_MAPS,
  CRDS,
  SECRETS,
} from '../../../simulator/cluster/resources.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import { WebhookOutage } from '../../support/webhook-outage.ts';
import type { CommandBench } from '../support/command-bench.ts';
import { messageOf, withCluster } from '../support/command-bench.ts';
import { blockersOf } from '../support/command-line.ts';
import { expiredTwin } from '../support/expired-twin.ts';

const anchor = { namespace: 'cert-manager', name: 'linkerd-trust-anchor' };
const issuer = { namespace: 'linkerd', name: 'linkerd-identity-issuer' };
const bundle = { name: 'linkerd-identity-trust-roots' };
const roots = { namespace: 'linkerd', ...bundle };
const byHand = { manager: 'kubectl-edit' };

/** What `kubectl delete crd` takes along: the objects of that kind, but no Secret. */
function removeCertManager(cluster: SimulatedCluster): void {
  for (const kind of ['certificates', 'certificaterequests', 'issuers', 'clusterissuers']) {
    remove(cluster, CRDS, { name: `${kind}.cert-manager.io` });
  }
  remove(cluster, CERTIFICATES, anchor);
  remove(cluster, CERTIFICATES, issuer);
  remove(cluster, CLUSTER_ISSUERS, { name: issuer.name });
}

function remove({ api }: SimulatedCluster, resource: Resource, key: ObjectKey): void {
  api.remove(resource, key, {});
}

/** Writes the bundle of the control plane as if trust-manager had not been there first. */
function setBundle({ api, trustManager }: SimulatedCluster, text: string): void {
  trustManager.pause();
  const body = { data: { 'ca-bundle.crt': text } };
  api.patch(CONFIG_MAPS, roots, { ...byHand, type: 'merge', body });
}

function bundleIn({ api }: SimulatedCluster): string {
  return api.get(CONFIG_MAPS, roots).data?.['ca-bundle.crt'] ?? '';
}

/** A person has changed the anchor Certificate, and cert-manager has issued what it says now. */
async function renewAs(cluster: SimulatedCluster, spec: object): Promise<void> {
  const before = bundleIn(cluster);
  cluster.api.patch(CERTIFICATES, anchor, { ...byHand, type: 'merge', body: { spec } });
  await waitFor(() => bundleIn(cluster).length > before.length, {
    what: 'the anchor that was renewed by hand to be in the bundle',
  });
}

async function expireAnchor(cluster: SimulatedCluster): Promise<void> {
  cluster.certManager.pause();
  const { data } = cluster.api.get(SECRETS, anchor);
  const text = (field: string): string => Buffer.from(data?.[field] ?? '', 'base64').toString();
  const pem = await expiredTwin(text('tls.crt'), text('tls.key'));
  const encoded = Buffer.from(pem).toString('base64');
  const body = { data: { 'tls.crt': encoded, 'ca.crt': encoded } };
  for (const name of [anchor.name, 'linkerd-previous-anchor']) {
    cluster.api.patch(SECRETS, { ...anchor, name }, { ...byHand, type: 'merge', body });
  }
  setBundle(cluster, pem);
}

async function blockersIn(bench: CommandBench): Promise<readonly Laggard[]> {
  const run = await bench.refused(['plan', '--output', 'json']);
  assert.equal(run.code, ExitCode.blocked);
  return blockersOf(run);
}

describe('a mesh that is not set up for a rotation', () => {
  const missing: readonly (readonly [
    string,
    (cluster: SimulatedCluster) => Promise<void> | void,
    RegExp,
  ])[] = [
    [
      'cert-manager',
      removeCertManager,
      /^Could not observe cert-manager: its custom resource definitions are not .*\nNext step: install it /,
    ],
    [
      'the Secret of the anchor',
      (cluster) => {
        cluster.certManager.pause();
        remove(cluster, SECRETS, anchor);
      },
      /^Could not observe Secret cert-manager\/linkerd-trust-anchor: .*\nNext step: check Certificate /,
    ],
    [
      'trust-manager',
      async (cluster) => {
        remove(cluster, CRDS, { name: 'bundles.trust.cert-manager.io' });
        remove(cluster, BUNDLES, bundle);
        await bundleCollected(cluster);
      },
      /^Could not observe ConfigMap linkerd\/.* nor Bundle .*\nNext step: install trust-manager /,
    ],
    [
      'the ClusterIssuer',
      (cluster) => {
        remove(cluster, CLUSTER_ISSUERS, { name: issuer.name });
      },
      /^ClusterIssuer linkerd-identity-issuer does not exist\.\nNext step: create it /,
    ],
  ];
  for (const [what, spoil, expected] of missing) {
    it(`is told that ${what} is missing`, () =>
      withCluster({ spoil }, async (bench) => {
        const run = await bench.refused(['plan']);

        assert.equal(run.code, ExitCode.cluster);
        assert.match(messageOf(run), expected);
      }));
  }

  it('is told that cert-manager cannot judge what is written, and where to look', () => {
    const webhook = new WebhookOutage();
    return withCluster(
      {
        cluster: { faults: (request) => webhook.faultFor(request) },
        spoil: () => {
          webhook.pause();
        },
      },
      async (bench) => {
        const run = await bench.refused(['check', '--pre', '--wait', '0s']);

        assert.equal(run.code, ExitCode.checkFailed);
        assert.match(
          run.stdout.replaceAll(/\s+/g, ' '),
          /× cert-manager's API takes requests .*failed calling webhook "webhook\.cert-manager\.io".* Next step: look at the pods behind Service cert-manager\/cert-manager-webhook/,
        );
      },
    );
  });

  it('is told that a Secret of another name is no source of the bundle', () =>
    withCluster({}, async (bench) => {
      const run = await bench.refused(['plan', '--previous-anchor', 'nope', '--output', 'json']);

      assert.equal(run.code, ExitCode.blocked);
      const [first] = blockersOf(run);
      assert.equal(first?.what, 'Bundle linkerd-identity-trust-roots');
      assert.equal(first.reason, 'takes nothing from Secret cert-manager/nope');
      assert.match(first.remedy, /^make it a source .*, or give the name/);
    }));

  it('is told that the anchor Certificate is missing', () =>
    withCluster(
      {
        spoil: (cluster) => {
          remove(cluster, CERTIFICATES, anchor);
        },
      },
      async (bench) => {
        const [first] = await blockersIn(bench);

        assert.equal(first?.what, 'Certificate cert-manager/linkerd-trust-anchor');
        assert.match(first.reason, /^does not exist/);
        assert.match(first.remedy, /^create it/);
      },
    ));

  it('is told that nothing distributes a bundle that somebody wrote by hand', () =>
    withCluster(
      {
        spoil: async (cluster) => {
          const text = bundleIn(cluster);
          remove(cluster, BUNDLES, bundle);
          await bundleCollected(cluster);
          await cluster.api.create(
            CONFIG_MAPS,
            { metadata: roots, data: { 'ca-bundle.crt': text } },
            byHand,
          );
        },
      },
      async (bench) => {
        const [only, ...others] = await blockersIn(bench);

        assert.deepEqual(others, []);
        assert.equal(only?.what, 'Bundle linkerd-identity-trust-roots');
        assert.match(only.remedy, /^create it/);
      },
    ));

  it('is told that a renewal would keep the key of the anchor', () =>
    withCluster({ pki: { anchorRotationPolicy: 'Never' } }, async (bench) => {
      const [only, ...others] = await blockersIn(bench);

      assert.deepEqual(others, []);
      assert.match(only?.reason ?? '', /^privateKey\.rotationPolicy is Never/);
      assert.equal(only?.remedy, 'set spec.privateKey.rotationPolicy to Always');
    }));

  it('is told that anchor and issuer have one subject', () =>
    withCluster({ pki: { anchorCommonName: 'identity.linkerd.cluster.local' } }, async (bench) => {
      const [only, ...others] = await blockersIn(bench);

      assert.deepEqual(others, []);
      assert.match(only?.reason ?? '', /^has the same subject as the trust anchor/);
      assert.match(only?.remedy ?? '', /different common names/);
    }));

  const unfit: readonly (readonly [string, object, string])[] = [
    [
      'has the wrong key',
      { privateKey: { algorithm: 'RSA', size: 2048 } },
      'has a key of type RSA 2048, Linkerd wants ECDSA P-256',
    ],
    ['is no CA', { isCA: false }, 'is not a CA'],
  ];
  for (const [what, spec, reason] of unfit) {
    it(`is told that the anchor renewed by hand ${what}`, () =>
      withCluster({ spoil: (cluster) => renewAs(cluster, spec) }, async (bench) => {
        const remedy = 'correct spec of the anchor Certificate and renew it';
        assert.deepEqual(await blockersIn(bench), [{ what: 'new trust anchor', reason, remedy }]);
      }));
  }

  it('is told that an expired anchor is an outage', () =>
    withCluster({ spoil: expireAnchor }, async (bench) => {
      const [only, ...others] = await blockersIn(bench);

      assert.deepEqual(others, []);
      assert.equal(only?.what, 'trust anchor in use');
      assert.match(only.reason, /^is outside its dates/);
      assert.match(only.remedy, /^replace it by the emergency procedure/);
    }));

  const texts: readonly (readonly [string, (pem: string) => string, RegExp])[] = [
    ['text after the last certificate', (pem) => `${pem}\n\n# the end\n`, /^text follows the last/],
    ['two certificates on one line', (pem) => pem.trimEnd() + pem, /^two certificates stand on/],
    [
      'a certificate that is cut off',
      (pem) => `${pem.trimEnd()}\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`,
      /^a CERTIFICATE block is no certificate/,
    ],
    ['nothing', () => '', /^the bundle holds no certificate/],
  ];
  for (const [what, spoil, expected] of texts) {
    it(`is told that the bundle holds ${what}`, () =>
      withCluster(
        {
          spoil: (cluster) => {
            setBundle(cluster, spoil(bundleIn(cluster)));
          },
        },
        async (bench) => {
          const [only, ...others] = await blockersIn(bench);

          assert.deepEqual(others, []);
          assert.equal(only?.what, 'trust bundle in namespace linkerd');
          assert.match(only.reason, expected);
          assert.match(only.remedy, /^correct the source of the Bundle/);
        },
      ));
  }

  function bundleCollected({ store }: SimulatedCluster): Promise<unknown> {
    return waitFor(() => store.get(CONFIG_MAPS, roots) === undefined, {
      what: 'what the Bundle has made to go with it',
    });
  }
});
