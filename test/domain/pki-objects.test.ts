import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import {
  bundleObject,
  guideSettings,
  pkiObjects,
  safeSettings,
  trustAnchorObjects,
} from '../../domain/pki-objects.ts';

describe("the objects of Linkerd's guide", () => {
  it('come in the order of its steps', () => {
    const all = pkiObjects(documentedObjects, guideSettings('cluster.local'));

    assert.deepEqual(
      all.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
      [
        'Namespace /linkerd',
        'ServiceAccount linkerd/cert-manager',
        'Role linkerd/cert-manager-secret-creator',
        'RoleBinding linkerd/cert-manager-secret-creator-binding',
        'Issuer cert-manager/linkerd-trust-root-issuer',
        'Certificate cert-manager/linkerd-trust-anchor',
        'ClusterIssuer /linkerd-identity-issuer',
        'Certificate linkerd/linkerd-identity-issuer',
        'Bundle /linkerd-identity-trust-roots',
      ],
    );
  });

  it('make an anchor that does not renew itself, unless asked for', () => {
    const renewalOf = (settings: ReturnType<typeof guideSettings>): boolean =>
      JSON.stringify(pkiObjects(documentedObjects, settings)).includes('"policy":"Disabled"');

    assert.equal(renewalOf(safeSettings('cluster.local')), true);
    assert.equal(renewalOf(guideSettings('cluster.local')), false);
  });

  it('make no anchor where its owner does', () => {
    const settings = { ...safeSettings('cluster.local'), anchorSource: 'imported' } as const;

    assert.deepEqual(trustAnchorObjects(documentedObjects, settings), []);
    assert.equal(pkiObjects(documentedObjects, settings).length, 7);
  });

  it('have a Bundle that takes from both Secrets the key that is given', () => {
    const keysOf = (settings: ReturnType<typeof guideSettings>): readonly string[] =>
      JSON.stringify(bundleObject(documentedObjects, settings)).match(/(?:tls|ca)\.crt/g) ?? [];
    const settings = guideSettings('cluster.local');

    assert.deepEqual(keysOf(settings), ['tls.crt', 'tls.crt']);
    assert.deepEqual(keysOf({ ...settings, bundleSourceKey: 'ca.crt' }), ['ca.crt', 'ca.crt']);
  });

  it('bear the names that are given', () => {
    const objects = { ...documentedObjects, trustAnchor: 'my-anchor', linkerdNamespace: 'mesh' };
    const text = JSON.stringify(pkiObjects(objects, safeSettings('example.org')));

    assert.doesNotMatch(text, /"linkerd-trust-anchor"|"namespace":"linkerd"/);
    assert.match(text, /root\.linkerd\.example\.org/);
  });
});
