import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { V1Namespace } from '@kubernetes/client-node';
import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import {
  BUNDLES,
  CERTIFICATES,
  CONFIG_MAPS,
  NAMESPACES,
  SECRETS,
} from '../../../simulator/cluster/resources.ts';
import { MERGE, make, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

const BUNDLE = 'linkerd-identity-trust-roots';
const TARGET = { namespace: 'linkerd', name: BUNDLE };
const ANCHOR = { namespace: 'cert-manager', name: 'linkerd-trust-anchor' };
const PREVIOUS = { namespace: 'cert-manager', name: 'linkerd-previous-anchor' };
const KEY = 'ca-bundle.crt';

describe('the simulated trust-manager', () => {
  let fixture: ClusterFixture;

  beforeEach(async () => {
    fixture = await startFixture();
    await installTrustPki(fixture.cluster.kubeConfigYaml());
  });
  afterEach(() => fixture.stop());

  function content(namespace = 'linkerd'): string {
    return fixture.cluster.store.get(CONFIG_MAPS, { namespace, name: BUNDLE })?.data?.[KEY] ?? '';
  }
  function pemsOf(text: string): string[] {
    return text.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  }
  function synced() {
    const bundle = fixture.cluster.api.get(BUNDLES, { name: BUNDLE });
    return bundle.status?.conditions?.find(({ type }) => type === 'Synced');
  }
  async function renewAnchor(): Promise<void> {
    const conditions = [
      { type: 'Issuing', status: 'True' as const, reason: 'ManuallyTriggered', message: '' },
    ];
    fixture.cluster.api.modify(CERTIFICATES, ANCHOR, {
      manager: 'tester',
      subresource: 'status',
      edit: (draft) => (draft.status = { ...draft.status, conditions }),
    });
    await fixture.until(
      'the renewal',
      () => fixture.cluster.api.get(CERTIFICATES, ANCHOR).status?.revision === 2,
    );
  }

  it('writes the guide’s bundle once, with its label, hash and owner', () => {
    const target = fixture.cluster.api.get(CONFIG_MAPS, TARGET);
    const hash = createHash('sha256').update(content()).digest('hex');

    assert.equal(pemsOf(content()).length, 1);
    assert.equal(content(), content().trim());
    assert.equal(target.metadata.labels?.['trust.cert-manager.io/bundle'], BUNDLE);
    assert.equal(target.metadata.annotations?.['trust.cert-manager.io/hash'], hash);
    assert.equal(target.metadata.ownerReferences?.[0]?.kind, 'Bundle');
    assert.partialDeepStrictEqual(synced(), {
      status: 'True',
      reason: 'Synced',
      observedGeneration: 1,
    });
    assert.equal(content('default'), '');
  });

  it('holds two anchors after a renewal, ascending by hash, with an unchanged status', async () => {
    const before = synced();

    await renewAnchor();
    await fixture.until('two certificates', () => pemsOf(content()).length === 2);

    const hashes = pemsOf(content()).map((pem) =>
      createHash('sha256').update(new X509Certificate(pem).raw).digest('hex'),
    );
    assert.deepEqual(hashes, [...hashes].sort());
    assert.deepEqual(synced(), before);
  });

  it('keeps the target when a source is missing, and says SourceNotFound', async () => {
    const before = content();
    await fixture.core.deleteNamespacedSecret(PREVIOUS);
    await fixture.until('SourceNotFound', () => synced()?.reason === 'SourceNotFound');

    await renewAnchor();

    assert.equal(content(), before);
    assert.equal(synced()?.status, 'False');
  });

  it('refuses a source that is no certificate, but takes text without any PEM as none', async () => {
    const patch = (text: string) =>
      fixture.core.patchNamespacedSecret(
        { ...PREVIOUS, body: { stringData: { 'tls.crt': text } } },
        MERGE,
      );
    const anchor = fixture.cluster.api.get(SECRETS, ANCHOR).data?.['tls.crt'] ?? '';

    await patch('-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n');
    await fixture.until('SourceBuildError', () => synced()?.reason === 'SourceBuildError');
    await patch('# nothing here');
    await fixture.until('the bundle', () => synced()?.reason === 'Synced');

    assert.equal(`${content()}\n`, Buffer.from(anchor, 'base64').toString());
  });

  it('repairs a hand-edited target and keeps foreign keys', async () => {
    const before = content();
    const body = { data: { [KEY]: 'edited', other: 'kept' } };

    await fixture.core.patchNamespacedConfigMap({ ...TARGET, body }, MERGE);

    await fixture.until('the repair', () => content() === before);
    assert.equal(fixture.cluster.api.get(CONFIG_MAPS, TARGET).data?.['other'], 'kept');
  });

  it('follows the labels of namespaces', async () => {
    const labels = { 'linkerd.io/is-control-plane': 'true' };
    await fixture.core.createNamespace({
      body: make(V1Namespace, { metadata: { name: 'linkerd-viz', labels } }),
    });
    await fixture.until('the new target', () => content('linkerd-viz') === content());

    const edit = (draft: { metadata: { labels?: Record<string, string> } }) =>
      (draft.metadata.labels = {});
    fixture.cluster.api.modify(NAMESPACES, { name: 'linkerd-viz' }, { manager: 'tester', edit });

    await fixture.until('its end', () => content('linkerd-viz') === '');
  });

  it('writes nothing while paused', async () => {
    const before = content();
    fixture.cluster.trustManager.pause();
    await renewAnchor();
    assert.equal(content(), before);

    fixture.cluster.trustManager.resume();

    await fixture.until('two certificates', () => pemsOf(content()).length === 2);
  });
});
