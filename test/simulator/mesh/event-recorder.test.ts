import assert from 'node:assert/strict';

import { createEventRecorder } from '../../../simulator/mesh/identity/event-recorder.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeApi } from './fake-api.ts';

describe('events', () => {
  const target = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'shop', name: 'web' };
  const text = (message: string) => ({ type: 'Normal', reason: 'Issued', message }) as const;

  it('of one text are folded into one with a count', async () => {
    const api = fakeApi(() => ({}));
    const recorder = createEventRecorder(api, 'linkerd-identity', () => undefined);

    recorder.record(target, text('again'));
    recorder.record(target, text('again'));
    await waitFor(() => api.calls.length === 2, { what: 'both to be written' });

    const [created, folded] = api.calls;
    assert.equal(created?.path, '/api/v1/namespaces/shop/events');
    assert.match(folded?.path ?? '', /events\/web\.[0-9a-f]{16}$/);
    assert.equal((folded?.body as { count: number }).count, 2);
  });

  it('of one object beyond a number are dropped, those of others are not', async () => {
    const api = fakeApi(() => ({}));
    const recorder = createEventRecorder(api, 'linkerd-identity', () => undefined);

    for (let index = 0; index < 40; index += 1) recorder.record(target, text(`leaf ${index}`));
    recorder.record({ ...target, name: 'other' }, text('last'));

    await waitFor(() => JSON.stringify(api.calls.at(-1)).includes('"other"'), {
      what: 'the last to be written',
    });
    assert.equal(api.calls.length, 26);
  });
});
