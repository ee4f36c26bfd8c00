import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { rightsOf, whyNeeded } from '../../mesh/rights.ts';

describe('the rights of the rotation', () => {
  it('never cover reading all Secrets, or writing the anchor’s own', () => {
    const onSecrets = rightsOf(objects).filter(({ resource }) => resource === 'secrets');

    assert.ok(onSecrets.every(({ namespace }) => namespace !== undefined));
    assert.ok(onSecrets.every(({ verb, name }) => verb === 'create' || name !== undefined));
    assert.ok(!onSecrets.some(({ verb, name }) => verb !== 'get' && name === objects.trustAnchor));
  });

  it('cover port-forwards only where proxies are reached by them', () => {
    const verbs = (reachProxiesBy: 'pod-ip' | 'port-forward'): readonly string[] =>
      rightsOf(objects, { reachProxiesBy })
        .filter(({ subresource }) => subresource === 'portforward')
        .map(({ verb }) => verb);

    assert.deepEqual(verbs('pod-ip'), []);
    // A WebSocket begins with a GET; newer API servers ask for `create` as well.
    assert.deepEqual(verbs('port-forward'), ['get', 'create']);
  });

  it('reach the one resource and Events about it where the worker is an operator', () => {
    const more = rightsOf(objects, { isOperator: true }).slice(rightsOf(objects).length);

    assert.deepEqual(
      more.map(({ verb, resource, subresource, namespace, name }) =>
        [verb, resource, subresource, namespace, name].filter(Boolean).join(' '),
      ),
      [
        'get trustanchorrotations cluster',
        'list trustanchorrotations cluster',
        'watch trustanchorrotations cluster',
        'patch trustanchorrotations cluster',
        'update trustanchorrotations status cluster',
        'create events default',
      ],
    );
  });

  it('follow the bundle: everywhere to read it, or one ConfigMap to write', () => {
    const onBundle = (bundleOwnership: 'trustManager' | 'direct'): readonly string[] =>
      rightsOf({ ...objects, bundleOwnership })
        .filter(({ resource, name }) => resource === 'configmaps' && name === objects.bundle)
        .map(({ verb, namespace = 'everywhere' }) => `${verb} ${namespace}`);

    assert.deepEqual(onBundle('trustManager'), ['list everywhere', 'get linkerd']);
    assert.deepEqual(onBundle('direct'), ['patch linkerd', 'get linkerd']);
    assert.deepEqual(rightsOf(objects), rightsOf({ ...objects, bundleOwnership: 'trustManager' }));
  });

  it('explain an operation by the row of its object, else of its kind', () => {
    const { secrets, pods, events, configMaps } = resources;

    assert.equal(
      whyNeeded({
        verb: 'get',
        type: secrets,
        namespace: 'cert-manager',
        name: objects.trustAnchor,
      }),
      'read the trust anchor',
    );
    assert.equal(whyNeeded({ verb: 'list', type: pods }), 'find every live proxy');
    assert.equal(
      whyNeeded({ verb: 'list', type: configMaps, name: objects.bundle }),
      'read the trust bundle in every namespace',
    );
    assert.equal(
      whyNeeded({
        verb: 'patch',
        type: configMaps,
        namespace: objects.linkerdNamespace,
        name: objects.bundle,
      }),
      'write the trust bundle',
    );
    assert.equal(whyNeeded({ verb: 'watch', type: events }), undefined);
  });
});
