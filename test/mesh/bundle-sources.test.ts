import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import type { AnchorFacts } from '../../mesh/anchors.ts';
import type { BundleState } from '../../mesh/bundle-keeper.ts';
import type { BundleSecret } from '../../mesh/bundle-sources.ts';
import { missingSources, signersInBundle } from '../../mesh/bundle-sources.ts';
import { fakeCertificate } from '../support/fake-certificates.ts';
import { anchorA } from '../support/survey-builder.ts';

const { trustAnchor, previousAnchor } = objects;
const below = fakeCertificate({ subject: 'CN=below', key: 'I', signer: anchorA, isCa: true });
const known = {
  pem: '',
  chain: [],
  resourceVersion: '1',
  labels: {},
  hasKey: true,
  certificate: anchorA,
};
const plain: AnchorFacts = { ...known, signer: anchorA };
const offCluster: AnchorFacts = { ...known, signer: below };

const selector = { matchLabels: { 'linkerd.io/trust-root': 'true' } };

function from(...sourceSecrets: readonly BundleSecret[]): BundleState {
  return { bundle: { synced: true, detail: '', sourceSecrets }, targets: [], missingIn: [] };
}

describe('the sources of a Bundle', () => {
  const guides = from(
    { name: trustAnchor, key: 'tls.crt' },
    { name: previousAnchor, key: 'tls.crt' },
  );

  it('may be tls.crt where each anchor signs for itself', () => {
    assert.deepEqual(signersInBundle(guides, objects, [plain, undefined, plain]), []);
  });

  it('are named one by one where an intermediate CA signs for any anchor, with the remedy', () => {
    const found = signersInBundle(guides, objects, [plain, offCluster]);
    assert.deepEqual(
      found.map(({ what, reason, remedy }) => `${what} ${reason}; ${remedy}`),
      [trustAnchor, previousAnchor].map(
        (name) =>
          `Bundle linkerd-identity-trust-roots takes tls.crt of Secret cert-manager/${name}, but what lies in tls.crt of CN=root is the intermediate CA CN=below, which is no trust anchor; let its sources linkerd-trust-anchor and linkerd-previous-anchor have key: ca.crt`,
      ),
    );
  });

  it('may be ca.crt then, beside other Secrets of whatever key', () => {
    const roots = [trustAnchor, previousAnchor].map((name) => ({ name, key: 'ca.crt' }));
    const state = from(...roots, { name: 'mine', key: 'tls.crt' });
    assert.deepEqual(signersInBundle(state, objects, [offCluster]), []);
    assert.deepEqual(missingSources(state, objects, { anchor: plain }), []);
  });

  it('are not well by every key, or by labels, which may choose the Secrets of anchors', () => {
    const state = from({ name: trustAnchor }, { selector, key: 'tls.crt' });
    assert.deepEqual(
      signersInBundle(state, objects, [offCluster]).map(({ reason }) => reason.split(', but')[0]),
      [
        'takes every key of Secret cert-manager/linkerd-trust-anchor',
        'takes tls.crt of the Secrets that it selects',
      ],
    );
  });

  it('are missed where one is not among them, by its name or by its labels', () => {
    const missed = (
      state: BundleState,
      found: { readonly anchor: AnchorFacts; readonly previous?: AnchorFacts },
    ): readonly string[] => missingSources(state, objects, found).map(({ reason }) => reason);
    const previous = ['takes nothing from Secret cert-manager/linkerd-previous-anchor'];
    const labelled = { ...plain, labels: { 'linkerd.io/trust-root': 'true' } };
    const byLabel = from({ selector, key: 'ca.crt' });

    assert.deepEqual(missed(from({ name: trustAnchor }), { anchor: plain }), previous);
    assert.deepEqual(missed(byLabel, { anchor: labelled, previous: labelled }), []);
    // It is still to be made, or was made without them: the bundle would lose A at the renewal.
    assert.deepEqual(missed(byLabel, { anchor: labelled }), previous);
    assert.deepEqual(missed(byLabel, { anchor: labelled, previous: plain }), previous);
    assert.deepEqual(missed({ targets: [], missingIn: [] }, { anchor: plain }), []);
  });
});
