import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { serveWatch } from '../../../simulator/cluster/http/watches.ts';
import { CONFIG_MAPS } from '../../../simulator/cluster/resources.ts';
import { Store } from '../../../simulator/cluster/store.ts';

const namespace = 'default';

describe('the simulated Kubernetes API: a watch that has ended', () => {
  it('says nothing more, though its client has not read the rest', async () => {
    const store = new Store();
    // Without a connection nobody reads it, so it is not closed either.
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const target = { resource: CONFIG_MAPS, namespace, name: undefined, subresource: undefined };
    serveWatch(store, { target, query: new URLSearchParams(), metadataOnly: false }, response);
    const errors: unknown[] = [];
    response.on('error', (error) => errors.push(error));
    response.end();

    const metadata = {
      namespace,
      name: 'late',
      uid: 'u',
      resourceVersion: '',
      creationTimestamp: '',
    };
    store.put(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await setImmediate();

    assert.deepEqual(errors, []);
    response.emit('close');
  });
});
