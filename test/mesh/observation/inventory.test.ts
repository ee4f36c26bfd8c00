import assert from 'node:assert/strict';
import { z } from 'zod';
import { identifyAnchors } from '../../../domain/anchors.ts';
import type { Inventory } from '../../../domain/inventory.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import type { TrustObjects } from '../../../domain/survey.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { certificateRef } from '../../../mesh/certificates.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { discoverAnchors } from '../../../mesh/observation/discover-anchors.ts';
import { takeInventory } from '../../../mesh/observation/inventory.ts';
import { readTrustObjects } from '../../../mesh/observation/trust-objects.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import { secretRef } from '../../../mesh/tls-secret.ts';
import { renewByHand } from '../../acceptance/support/by-hand.ts';
import type { SimulatedPki } from '../../support/simulated-pki.ts';
import { startPki } from '../../support/simulated-pki.ts';
import { makeOffClusterAnchor, makeRoot } from '../../support/certificates.ts';
import { offClusterSecret } from '../../support/tls-secret.ts';
import { waitFor } from '../../support/wait-for.ts';

const objects = documentedObjects;
const anyObject = z.object({});
const anySecret = z.object({ data: z.record(z.string(), z.string()) });
const { trustNamespace, linkerdNamespace } = objects;

describe('what is found in a cluster without a mesh', () => {
  let pki: SimulatedPki;
  let kube: Kube;
  let forbidden: string | undefined;

  beforeEach(async () => {
    forbidden = undefined;
    pki = await startPki({ authorize: ({ resource }) => resource !== forbidden });
    ({ kube } = pki);
  });
  afterEach(() => pki.stop());

  it('reads the settings of the documented installation and finds no obstacle', async () => {
    const inventory = await takeInventory(kube, objects, { rights: rightsOf(objects) });
    assert.deepEqual(inventory.obstacles, []);
    assert.deepEqual(inventory.workloads, []);
    assert.equal(inventory.trustDomain, 'cluster.local');
    assert.equal(inventory.leafLifetimeMs, 24 * 3_600_000);
    assert.equal(inventory.issuer.durationMs, 48 * 3_600_000);
    assert.equal(inventory.certManager.canDisableRenewal, true);
    const { rotationPolicy, renewalDisabled, hasKey, previousHasKey } = inventory.anchor;
    assert.deepEqual(
      [rotationPolicy, renewalDisabled, hasKey, previousHasKey],
      ['Always', false, true, true],
    );
    assert.ok(inventory.anchor.renewalTime !== undefined);
  });

  it('names a missing right with what it is needed for', async () => {
    forbidden = 'daemonsets';
    const found = await obstacles();
    assert.ok(found.some((text) => /daemonsets\.apps .* needed to/.test(text)));
  });

  it('names the Certificate that would write over an imported anchor, and none that is not there', async () => {
    const sources = { anchor: 'imported', bridge: 'certManager' } as const;
    const found = async (): Promise<readonly string[]> => {
      const { obstacles: all } = await takeInventory(kube, objects, { sources, rights: [] });
      return all.map(({ what, reason }) => `${what} ${reason}`);
    };
    assert.deepEqual(await found(), [
      'Certificate cert-manager/linkerd-trust-anchor lets cert-manager write the anchor that is to be imported',
    ]);
    const { trustAnchor: name } = objects;
    await kube.delete({ type: resources.certificates, namespace: trustNamespace, name });
    assert.deepEqual(await found(), []);
  });

  it('sees an intermediate CA in a hand-in, and the Bundle that would take it for an anchor', async () => {
    const sources = { anchor: 'imported', bridge: 'certManager' } as const;
    const found = (): Promise<Inventory> => takeInventory(kube, objects, { sources, rights: [] });
    assert.equal((await found()).anchor.nextHasIntermediate, false);
    const body = offClusterSecret(await makeOffClusterAnchor('elsewhere'));
    await kube.create(secretRef(trustNamespace, objects.nextAnchor), body);

    const { anchor, obstacles: all } = await found();
    assert.equal(anchor.nextHasIntermediate, true);
    assert.equal(anchor.intermediateNotAfter, undefined);
    const texts = all.map(({ reason, remedy }) => `${reason}; ${remedy}`).join('\n');
    assert.match(texts, /takes tls\.crt of Secret cert-manager\/linkerd-trust-anchor, .*; let its/);
    assert.match(texts, /takes tls\.crt of Secret cert-manager\/linkerd-previous-anchor/);
  });

  it('names a missing Certificate, a foreign signer and an unusable anchor Secret', async () => {
    const issuer = { namespace: linkerdNamespace, name: objects.identityIssuer };
    await kube.patch(
      { type: resources.certificates, ...issuer },
      { spec: { issuerRef: { name: 'elsewhere', kind: 'Issuer' } } },
      'merge',
    );
    await kube.delete({
      type: resources.certificates,
      namespace: trustNamespace,
      name: objects.trustAnchor,
    });
    const secret = await kube.get(secretRef(trustNamespace, objects.trustAnchor), anySecret);
    const twice = `${decode(secret?.data['tls.crt'])}\n${(await makeRoot('other')).pem}`;
    await kube.patch(
      secretRef(trustNamespace, objects.trustAnchor),
      { data: { 'tls.crt': Buffer.from(twice).toString('base64') } },
      'merge',
    );
    const found = await obstacles();
    const expected = [
      /does not exist, so cert-manager/,
      /signed by Issuer elsewhere/,
      /2 certificates/,
    ];
    for (const pattern of expected)
      assert.ok(
        found.some((text) => pattern.test(text)),
        String(pattern),
      );
  });

  it('names a missing Bundle, and an issuer that identity would not start with', async () => {
    await kube.delete({ type: resources.bundles, name: objects.bundle });
    // What a Bundle has made goes with it; somebody puts a text of their own there.
    const ref = {
      type: resources.configMaps,
      namespace: linkerdNamespace,
      name: objects.bundle,
    };
    await waitFor(async () => (await kube.get(ref, anyObject)) === undefined, {
      what: 'the ConfigMap to be collected',
    });
    await kube.create(ref, { data: { [objects.bundleKey]: (await makeRoot('other')).pem } });
    const found = await obstacles();
    assert.ok(found.some((text) => text.startsWith(`Bundle ${objects.bundle}`)));
    assert.ok(found.some((text) => /does not verify under the bundle now/.test(text)));
  });

  it('names a text that Linkerd stumbles over', async () => {
    pki.cluster.trustManager.pause();
    await setBundle(`${(await makeRoot('other')).pem}\n\n# the end\n`);
    const found = await obstacles();
    assert.ok(found.some((text) => /text follows the last certificate/.test(text)));
    const { bundle } = await trustObjects();
    assert.match(bundle.hazard ?? '', /text follows/);
  });

  it('names missing components and another issuer scheme', async () => {
    const crds = resources.customResourceDefinitions;
    for (const name of ['certificates.cert-manager.io', 'bundles.trust.cert-manager.io']) {
      await kube.delete({ type: crds, name });
    }
    await kube.patch(
      { type: resources.configMaps, namespace: linkerdNamespace, name: 'linkerd-config' },
      { data: { values: 'identity: {issuer: {scheme: linkerd.io/tls}}' } },
      'merge',
    );
    const found = await obstacles();
    for (const what of ['cert-manager:', 'trust-manager:', 'linkerd-identity:']) {
      assert.ok(
        found.some((text) => text.startsWith(what)),
        what,
      );
    }
  });

  it('says which object is missing where nothing can be observed without it', async () => {
    const atMs = Date.now();
    const anchors = identifyAnchors(await discoverAnchors(kube, objects));
    const read = (): Promise<unknown> => readTrustObjects(kube, objects, { anchors, atMs });
    pki.cluster.certManager.pause();
    pki.cluster.trustManager.pause();
    await kube.delete({
      type: resources.configMaps,
      namespace: linkerdNamespace,
      name: objects.bundle,
    });
    await assert.rejects(read(), {
      name: 'ObservationError',
      object: `ConfigMap linkerd/${objects.bundle}`,
    });
    await kube.delete(secretRef(linkerdNamespace, objects.identityIssuer));
    await assert.rejects(read(), { object: `Secret linkerd/${objects.identityIssuer}` });
    await kube.delete(secretRef(trustNamespace, objects.trustAnchor));
    await assert.rejects(read(), /no trust anchor to rotate. Next step:/);
  });

  it('tells which Secret signs, and targets that differ from the control plane', async () => {
    const signsWith = async (secretName: string): Promise<string> => {
      const ref = { type: resources.clusterIssuers, name: objects.clusterIssuer };
      await kube.patch(ref, { spec: { ca: { secretName } } }, 'merge');
      return (await trustObjects()).signer.source;
    };
    assert.equal(await signsWith(objects.previousAnchor), 'previous-anchor');
    assert.equal(await signsWith(objects.bridge), 'bridge');
    assert.equal(await signsWith('mine'), 'other');
    assert.equal(await signsWith(objects.trustAnchor), 'trust-anchor');

    const labels = { 'linkerd.io/is-control-plane': 'true' };
    await kube.create(
      { type: resources.namespaces, name: 'linkerd-viz' },
      { metadata: { labels } },
    );
    await waitFor(async () => (await trustObjects()).bundle.divergentTargets.length === 0, {
      what: 'the bundle in a new namespace',
    });
    pki.cluster.trustManager.pause();
    await setBundle((await makeRoot('other')).pem, 'linkerd-viz');
    assert.deepEqual((await trustObjects()).bundle.divergentTargets, ['linkerd-viz']);
  });

  it('finds an anchor that only the bundle still holds', async () => {
    const stranger = await makeRoot('stranger');
    const anchor = await discoverAnchors(kube, objects);
    pki.cluster.trustManager.pause();
    await setBundle(
      `${anchor.trustAnchor.pem}\n${stranger.pem}\n-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----`,
    );
    const found = await discoverAnchors(kube, objects);
    assert.deepEqual(
      found.others.map(({ certificate, heldBy, isRotated }) => [
        certificate.subject,
        heldBy,
        isRotated,
      ]),
      [['CN=stranger', 'bundle', false]],
    );
    assert.deepEqual(found.issuerVerifiesUnder, [anchor.trustAnchor.certificate.fingerprint]);
  });

  it('takes no anchor that comes up while it looks for the one that is replaced', async () => {
    const before = await discoverAnchors(kube, objects);
    const found = await discoverAnchors(renewingWhenRead(), objects);
    assert.deepEqual(found.trustAnchor, before.trustAnchor);
    assert.deepEqual(found.others, []);
    assert.equal((await discoverAnchors(kube, objects)).others.length, 1);
  });

  /** Once the anchor was read it is renewed, before anything is read that is asked for later. */
  function renewingWhenRead(): Kube {
    let renewed: Promise<unknown> = Promise.resolve();
    return new Proxy(kube, {
      get: (target, name) => {
        // Sound: of a Kube nothing but its methods is used.
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (ref: { readonly name?: string }, ...more: unknown[]) => {
          if (ref.name !== objects.trustAnchor) {
            await renewed;
            return method.call(target, ref, ...more);
          }
          const read = method.call(target, ref, ...more);
          renewed = read.then(async () => {
            await renewByHand(kube, certificateRef(trustNamespace, objects.trustAnchor));
            await waitFor(async () => (await trustObjects()).bundle.fingerprints.length === 2, {
              what: 'trust-manager to follow',
            });
          });
          await renewed;
          return read;
        };
      },
    });
  }

  async function obstacles(): Promise<string[]> {
    const inventory: Inventory = await takeInventory(kube, objects, { rights: rightsOf(objects) });
    return inventory.obstacles.map(({ what, reason }) => `${what}: ${reason}`);
  }

  async function trustObjects(): Promise<TrustObjects> {
    const anchors = identifyAnchors(await discoverAnchors(kube, objects));
    return readTrustObjects(kube, objects, { anchors, atMs: Date.now() });
  }

  async function setBundle(text: string, namespace = linkerdNamespace): Promise<void> {
    const ref = { type: resources.configMaps, namespace, name: objects.bundle };
    await kube.patch(ref, { data: { [objects.bundleKey]: text } }, 'merge');
  }
});

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}
