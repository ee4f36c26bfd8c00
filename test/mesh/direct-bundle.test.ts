import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import type { BundleTarget } from '../../mesh/bundle-target.ts';
import { ownTargetRef, readOwnTarget } from '../../mesh/bundle-target.ts';
import { bundleKeeper, readBundle } from '../../mesh/bundle.ts';
import { parseBundle } from '../../mesh/bundle-text.ts';
import {
  bundleManager,
  BundleOwnedError,
  takeOverBundle,
  writeDirect,
} from '../../mesh/direct-bundle.ts';
import { ConflictError } from '../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { makeRoot } from '../support/certificates.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';

const objects = { ...documentedObjects, bundleOwnership: 'direct' } as const;
const configMap = ownTargetRef(objects);
const ours = [{ manager: bundleManager, operation: 'Apply' }];

describe('a bundle that rotations write', () => {
  let pki: SimulatedPki;
  let a: string;
  let b: string;

  before(async () => {
    b = (await makeRoot('B')).pem;
  });

  beforeEach(async () => {
    pki = await startPki({}, { bundle: 'byHand' });
    const { trustNamespace: namespace, trustAnchor: name } = objects;
    a = (await readAnchor(pki.kube, { namespace, name }))?.pem ?? '';
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function target(): Promise<BundleTarget> {
    const found = await readOwnTarget(pki.kube, objects);
    assert.ok(found !== undefined);
    return found;
  }

  /** A person, or a controller, writes as `manager`. */
  async function overwrite(manager: string, pem: string): Promise<void> {
    const data = { [objects.bundleKey]: pem };
    await pki.kube.patch(configMap, { data }, 'merge', { fieldManager: manager });
  }

  async function obstacles(): Promise<readonly string[]> {
    const bundle = await readBundle(pki.kube, objects);
    const found = bundleKeeper(objects).obstacles({ bundle }, objects);
    return found.map(({ what, reason }) => `${what} ${reason}`);
  }

  it('is written canonical, whatever the order', async () => {
    await takeOverBundle(pki.kube, objects);
    await writeDirect(pki.kube, objects, [b, `\n${a}\n`]);
    const first = await target();
    await writeDirect(pki.kube, objects, [a, b]);

    assert.ok(first.canonical);
    assert.equal(first.certificates.length, 2);
    assert.deepEqual(first.writers, ours);
    assert.equal((await target()).resourceVersion, first.resourceVersion, 'written once more');
  });

  it('is not written over another hand, who is named, with what to do', async () => {
    await takeOverBundle(pki.kube, objects);
    await overwrite('gitops', b);

    await assert.rejects(writeDirect(pki.kube, objects, [a, b]), (error) => {
      assert.ok(error instanceof BundleOwnedError);
      assert.match(error.message, /owned by field manager "gitops"; nothing was written/);
      assert.match(error.message, /Next step: .*linkerd-trust bundle --bundle-ownership direct/);
      return true;
    });
    assert.deepEqual((await target()).fingerprints, (await parseBundle(b)).fingerprints);
    await assert.rejects(
      async () => bundleKeeper(objects).requireWritable?.(pki.kube, objects),
      BundleOwnedError,
    );
  });

  it('is another hand’s until it is taken over, with the anchors that it holds', async () => {
    const before = await target();
    assert.match((await obstacles()).join(), /has data\.ca-bundle\.crt owned by field manager "/);

    assert.equal(await takeOverBundle(pki.kube, objects), 'taken-over');
    assert.deepEqual(await obstacles(), []);
    const after = await target();
    assert.deepEqual(after.fingerprints, before.fingerprints);
    assert.deepEqual(after.writers, ours);
    assert.equal(await takeOverBundle(pki.kube, objects), 'ours');
    assert.equal((await target()).resourceVersion, after.resourceVersion);
  });

  it('is taken over from one who has applied the very same text', async () => {
    await takeOverBundle(pki.kube, objects);
    const { pem } = await target();
    const same = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: objects.bundle, namespace: objects.linkerdNamespace },
      data: { [objects.bundleKey]: pem },
    };
    await pki.kube.patch(configMap, same, 'apply', { fieldManager: 'helm' });
    assert.match((await obstacles()).join(), /field manager "helm"/);

    assert.equal(await takeOverBundle(pki.kube, objects), 'taken-over');
    assert.deepEqual((await target()).writers, ours);
  });

  it('is not taken over with anchors that somebody replaces meanwhile', async () => {
    const meanwhile: Kube = {
      ...pki.kube,
      patch: async (...request) => {
        await overwrite('gitops', b);
        return pki.kube.patch(...request);
      },
    };

    await assert.rejects(takeOverBundle(meanwhile, objects), ConflictError);
    assert.deepEqual((await target()).fingerprints, (await parseBundle(b)).fingerprints);
  });

  it('is not taken over where it holds nothing', async () => {
    await overwrite('gitops', '');

    await assert.rejects(takeOverBundle(pki.kube, objects), /holds no certificate .* delete it/);
  });

  it('is made where there is none', async () => {
    await pki.kube.delete(configMap);
    assert.equal(await takeOverBundle(pki.kube, objects), 'missing');

    await writeDirect(pki.kube, objects, [a]);
    assert.deepEqual((await target()).writers, ours);
    assert.deepEqual(await obstacles(), []);
  });

  it('is not ours as long as a Bundle is there, and is not taken from it', async () => {
    await takeOverBundle(pki.kube, objects);
    pki.cluster.trustManager.pause();
    await pki.kube.create(
      { type: resources.bundles, name: objects.bundle },
      { spec: { sources: [], target: {} } },
    );

    assert.match(
      (await obstacles()).join(),
      /^trust-manager's Bundle .* holds ConfigMap linkerd\//,
    );
    await assert.rejects(takeOverBundle(pki.kube, objects), /--cascade=orphan/);
  });

  it('is held by the Bundle that it would go with', async () => {
    await takeOverBundle(pki.kube, objects);
    const state = await readBundle(pki.kube, objects);
    const targets = state.targets.map((one) => ({ ...one, isDistributed: true }));
    const [held] = bundleKeeper(objects).obstacles({ bundle: { ...state, targets } }, objects);

    assert.match(held?.what ?? '', /^trust-manager's Bundle /);
  });

  it('needs no trust-manager, which the guide’s bundle does', async () => {
    await takeOverBundle(pki.kube, objects);
    const bundle = await readBundle(pki.kube, objects);
    const distributed = bundleKeeper(documentedObjects);

    assert.deepEqual(bundleKeeper(objects).obstacles({ bundle }, objects), []);
    assert.equal(distributed.obstacles({ bundle }, documentedObjects)[0]?.what, 'trust-manager');
    assert.equal(distributed.write, undefined);
  });
});
