import assert from 'node:assert/strict';
import type { SeenLeaf, Signers } from '../../../mesh/observation/evidence.ts';
import {
  answered,
  createEvidenceStore,
  isSettled,
  recordAnswer,
  stillPresents,
} from '../../../mesh/observation/evidence.ts';

const underA = { a: 'yes', b: 'no' } as const;
const underB = { a: 'no', b: 'yes' } as const;
const signers: Signers = { inSecret: 'i1', inUse: [underA, underA] };
const seen: SeenLeaf = {
  leaf: 'abcd',
  presented: { leaf: 'valid', ...underA },
  notAfterMs: 1_000,
  judgedUnder: 'A,B',
  signers,
};
const now = { atMs: 500, judgedUnder: 'A,B', signers };

const unexpected = { isExpected: false };

describe('evidence about proxies', () => {
  it('takes a yes for proof and asks for a no once more', () => {
    const { holds } = createEvidenceStore().of('pod/1');
    assert.equal(answered(holds, 'A'), 'unknown');
    recordAnswer(holds, 'A', 'yes');
    recordAnswer(holds, 'B', 'no');
    assert.deepEqual([answered(holds, 'A'), answered(holds, 'B')], ['yes', 'no']);
    assert.deepEqual(
      [isSettled(holds, 'A', unexpected), isSettled(holds, 'B', unexpected)],
      [true, false],
    );
    recordAnswer(holds, 'B', 'no');
    assert.equal(isSettled(holds, 'B', unexpected), true);
    assert.equal(answered(holds, undefined), 'unknown');
  });

  it('takes one no where the process was started without the anchor, and no answer for none', () => {
    const { holds } = createEvidenceStore().of('pod/1');
    assert.equal(isSettled(holds, 'A', { isExpected: true }), false);
    recordAnswer(holds, 'A', 'no');
    assert.equal(isSettled(holds, 'A', { isExpected: true }), true);
  });

  it('lets a yes correct a no, and counts refusals anew after it', () => {
    const { holds } = createEvidenceStore().of('pod/1');
    recordAnswer(holds, 'B', 'no');
    recordAnswer(holds, 'B', 'yes');
    assert.equal(answered(holds, 'B'), 'yes');
    recordAnswer(holds, 'B', 'no');
    assert.equal(isSettled(holds, 'B', unexpected), false);
  });

  it('keeps what it knows by process and forgets processes that are gone', () => {
    const store = createEvidenceStore();
    recordAnswer(store.of('pod/1').holds, 'A', 'yes');
    store.of('pod/2');
    store.keepOnly(new Set(['pod/1']));
    assert.equal(store.size, 1);
    assert.equal(answered(store.of('pod/1').holds, 'A'), 'yes');
    assert.equal(answered(store.of('pod/2').holds, 'A'), 'unknown');
  });

  it('goes on believing what is presented while the leaf lives and nothing else signs', () => {
    assert.equal(stillPresents(seen, now), true);
    assert.equal(stillPresents(undefined, now), false);
    assert.equal(stillPresents(seen, { ...now, atMs: 1_000 }), false);
    assert.equal(stillPresents(seen, { ...now, judgedUnder: 'A,C' }), false);
    assert.equal(
      stillPresents({ ...seen, presented: { leaf: 'expired', a: 'no', b: 'no' } }, now),
      false,
    );
  });

  it('stops believing it when another issuer signs, has signed since, or signed then', () => {
    const mixed: Signers = { inSecret: 'i1', inUse: [underA, underB] };
    assert.equal(stillPresents(seen, { ...now, signers: mixed }), false);
    assert.equal(stillPresents({ ...seen, signers: mixed }, now), false);
    assert.equal(stillPresents(seen, { ...now, signers: { ...signers, inSecret: 'i3' } }), false);
    assert.equal(stillPresents(seen, { ...now, signers: { ...signers, inUse: [] } }), false);
  });
});
