import assert from 'node:assert/strict';

import { resolveEnvironment } from '../../../simulator/mesh/node/pod-environment.ts';
import { podObject } from '../../../simulator/mesh/node/pod-object.ts';

describe('a container’s environment', () => {
  const source = {
    pod: podObject.parse({
      metadata: { name: 'web-0', namespace: 'shop', uid: '1' },
      spec: { nodeName: 'node-1', serviceAccountName: 'web', containers: [] },
    }),
    podIp: '127.70.0.1',
    configMapValue: (name: string, key: string) => Promise.resolve(`${name}/${key}`),
  };

  it('is made of literals, fields, ConfigMap keys and references to what stands above', async () => {
    const environment = await resolveEnvironment(
      [
        { name: '_pod_sa', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
        { name: 'NAME', value: '$(_pod_sa).identity, $(UNKNOWN)' },
        { name: 'ANCHORS', valueFrom: { configMapKeyRef: { name: 'roots', key: 'ca' } } },
      ],
      source,
    );

    assert.deepEqual(Object.fromEntries(environment), {
      _pod_sa: 'web',
      NAME: 'web.identity, $(UNKNOWN)',
      ANCHORS: 'roots/ca',
    });
  });

  it('holds the last of several entries of one name', async () => {
    const environment = await resolveEnvironment(
      [
        { name: 'ANCHORS', value: 'first' },
        { name: 'ANCHORS', value: 'last' },
      ],
      source,
    );

    assert.equal(environment.get('ANCHORS'), 'last');
  });
});
