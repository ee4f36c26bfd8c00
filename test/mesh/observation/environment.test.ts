import assert from 'node:assert/strict';
import { environmentValue } from '../../../mesh/observation/environment.ts';
import { parseGoDuration } from '../../../domain/go-duration.ts';
import type { EnvironmentEntry } from '../../../mesh/observation/pod-object.ts';
import { podObject } from '../../../mesh/observation/pod-object.ts';

const pod = podObject.parse({
  metadata: { name: 'web-1', namespace: 'shop', uid: 'u' },
  spec: { serviceAccountName: 'web' },
});

function valueOf(...entries: EnvironmentEntry[]): string | undefined {
  return environmentValue('WANTED', entries, pod);
}

describe('the environment of a container', () => {
  it('is what the last entry of a name says', () => {
    assert.equal(valueOf({ name: 'WANTED', value: 'a' }, { name: 'WANTED', value: 'b' }), 'b');
    assert.equal(valueOf(), undefined);
  });

  it('replaces references to entries above, and leaves unknown ones as written', () => {
    const account = {
      name: 'SA',
      valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } },
    };
    const value = '$(SA).$(NS) $(LATER) $$(SA)';
    const later = { name: 'LATER', value: 'x' };
    const ns = { name: 'NS', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } };
    assert.equal(valueOf(account, ns, { name: 'WANTED', value }, later), 'web.shop $(LATER) $(SA)');
  });

  it('takes fields of the pod, and knows nothing of values from elsewhere', () => {
    const field = (fieldPath: string): string | undefined =>
      valueOf({ name: 'WANTED', valueFrom: { fieldRef: { fieldPath } } });
    assert.equal(field('metadata.name'), 'web-1');
    assert.equal(field('metadata.uid'), 'u');
    assert.equal(field('status.podIP'), undefined);
    assert.equal(valueOf({ name: 'WANTED', valueFrom: {} }), undefined);
    assert.equal(valueOf({ name: 'WANTED' }), undefined);
  });
});

describe('a Go duration', () => {
  it('is read in every unit and combination', () => {
    const hourMs = 3_600_000;
    const expected = {
      '24h0m0s': 24 * hourMs,
      '1.5h': 1.5 * hourMs,
      '90s': 90_000,
      '1m30s': 90_000,
      '250ms': 250,
    };
    for (const [text, ms] of Object.entries(expected))
      assert.equal(parseGoDuration(text), ms, text);
  });

  it('is nothing that Go would refuse', () => {
    for (const text of ['', '24', 'h', '1d', '1h ', '-1h']) {
      assert.equal(parseGoDuration(text), undefined, text);
    }
  });
});
