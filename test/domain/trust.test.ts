import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Held, Knowledge, Peer, Presented } from '../../domain/trust.ts';
import {
  accepts,
  both,
  canTalk,
  describeHeld,
  describePresented,
  either,
  issuerKind,
  issuerVerifiesUnder,
  unknownHeld,
  unknownPresented,
} from '../../domain/trust.ts';
import { heldArbitrary, knowledge, peerArbitrary } from '../support/arbitraries.ts';
import { held, leaf } from '../support/survey-builder.ts';

const values: readonly Knowledge[] = ['yes', 'no', 'unknown'];

/** `forgotten` knows at most what `value` does. */
function isForgottenFrom(forgotten: Knowledge, value: Knowledge): boolean {
  return forgotten === 'unknown' || forgotten === value;
}

describe('three-valued logic', () => {
  it('agrees with and and or where everything is known', () => {
    for (const [left, right] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      assert.equal(both(known(left), known(right)), known(left && right));
      assert.equal(either(known(left), known(right)), known(left || right));
    }
  });

  it('is decided by one certain yes (or) and one certain no (and), else left open by an unknown', () => {
    for (const value of values) {
      assert.equal(either('yes', value), 'yes');
      assert.equal(both('no', value), 'no');
    }
    assert.equal(either('no', 'unknown'), 'unknown');
    assert.equal(both('yes', 'unknown'), 'unknown');
    assert.equal(either('unknown', 'unknown'), 'unknown');
    assert.equal(both('unknown', 'unknown'), 'unknown');
  });

  it('is commutative, associative, idempotent, absorbing and distributive, and obeys De Morgan', () => {
    fc.assert(
      fc.property(knowledge, knowledge, knowledge, (x, y, z) => {
        assert.equal(both(x, y), both(y, x));
        assert.equal(either(x, y), either(y, x));
        assert.equal(both(x, both(y, z)), both(both(x, y), z));
        assert.equal(either(x, either(y, z)), either(either(x, y), z));
        assert.equal(both(x, x), x);
        assert.equal(either(x, x), x);
        assert.equal(either(x, both(x, y)), x);
        assert.equal(both(x, either(x, y)), x);
        assert.equal(both(x, either(y, z)), either(both(x, y), both(x, z)));
        assert.equal(not(both(x, y)), either(not(x), not(y)));
      }),
    );
  });
});

function known(value: boolean): Knowledge {
  return value ? 'yes' : 'no';
}

function not(value: Knowledge): Knowledge {
  if (value === 'unknown') return 'unknown';
  return value === 'yes' ? 'no' : 'yes';
}

describe('accepts', () => {
  /** Measured with real proxies, as in `chain.test.ts`. */
  const table = [
    { holds: 'A', a: 'yes', x: 'yes', b: 'no' },
    { holds: 'A,B', a: 'yes', x: 'yes', b: 'yes' },
    { holds: 'B', a: 'no', x: 'yes', b: 'yes' },
    { holds: 'none', a: 'no', x: 'no', b: 'no' },
    { holds: 'unknown', a: 'unknown', x: 'unknown', b: 'unknown' },
  ] as const;

  for (const { holds, ...verdicts } of table) {
    it(`says for a verifier that holds {${holds}}: a ${verdicts.a}, x ${verdicts.x}, b ${verdicts.b}`, () => {
      for (const kind of ['a', 'x', 'b'] as const) {
        assert.equal(accepts(held[holds], issuerVerifiesUnder[kind]), verdicts[kind]);
      }
    });
  }

  it('never loses a yes when a verifier holds more', () => {
    fc.assert(
      fc.property(heldArbitrary, heldArbitrary, (holds, under) => {
        if (accepts(holds, under) !== 'yes') return;
        assert.equal(accepts({ ...holds, a: 'yes' }, under), 'yes');
        assert.equal(accepts({ ...holds, b: 'yes' }, under), 'yes');
      }),
    );
  });
});

describe('canTalk', () => {
  const states = [
    ['A', 'a'],
    ['A', 'b'],
    ['A,B', 'a'],
    ['A,B', 'b'],
    ['B', 'a'],
    ['B', 'b'],
  ] as const;
  /** Rows are clients, columns servers, in the order of `states`; anything but `ok` is a failed handshake. */
  const pairTable = [
    ['ok', 'C', 'ok', 'C', 'S', 'CS'],
    ['S', 'CS', 'ok', 'C', 'ok', 'C'],
    ['ok', 'ok', 'ok', 'ok', 'S', 'S'],
    ['S', 'S', 'ok', 'ok', 'ok', 'ok'],
    ['C', 'ok', 'C', 'ok', 'CS', 'S'],
    ['CS', 'S', 'C', 'ok', 'C', 'ok'],
  ] as const;

  for (const [row, client] of states.entries()) {
    for (const [column, server] of states.entries()) {
      const outcome = pairTable[row]?.[column];
      it(`says that {${client[0]}}/${client[1]} to {${server[0]}}/${server[1]} is ${outcome}`, () => {
        const verdict = canTalk(peer(client[0], client[1]), peer(server[0], server[1]));

        assert.equal(verdict, outcome === 'ok' ? 'yes' : 'no');
      });
    }
  }

  it('says that a bridged leaf is good for every pair that holds anything', () => {
    for (const one of ['A', 'A,B', 'B'] as const) {
      for (const other of ['A', 'A,B', 'B'] as const) {
        assert.equal(canTalk(peer(one, 'x'), peer(other, 'x')), 'yes');
      }
    }
  });

  it('says no to an expired and to a missing leaf, and unknown to one that nobody saw', () => {
    for (const ended of ['expired', 'none'] as const) {
      assert.equal(canTalk(peer('A,B', ended), peer('A,B', 'a')), 'no');
    }
    assert.equal(canTalk(peer('A,B', 'unknown'), peer('A,B', 'a')), 'unknown');
    assert.equal(canTalk(peer('A,B', 'unknown'), peer('B', 'a')), 'unknown');
    assert.equal(canTalk(peer('A', 'unknown'), peer('A', 'b')), 'no');
  });

  it('is symmetric', () => {
    fc.assert(
      fc.property(peerArbitrary, peerArbitrary, (one, other) => {
        assert.equal(canTalk(one, other), canTalk(other, one));
      }),
    );
  });

  it('never turns into another certainty when something is forgotten', () => {
    fc.assert(
      fc.property(peerArbitrary, peerArbitrary, (one, other) => {
        const full = canTalk(one, other);
        for (const forgetful of forgettingsOf(one)) {
          assert.ok(isForgottenFrom(canTalk(forgetful, other), full));
        }
      }),
    );
  });

  it('stays yes when one end holds more, as long as leaves stay the same', () => {
    fc.assert(
      fc.property(peerArbitrary, peerArbitrary, (one, other) => {
        if (canTalk(one, other) !== 'yes') return;
        const richer: Peer = { ...one, holds: { a: 'yes', b: 'yes' } };
        assert.equal(canTalk(richer, other), 'yes');
      }),
    );
  });

  it('stays yes when one end moves from any accepted leaf to a bridged one', () => {
    fc.assert(
      fc.property(peerArbitrary, peerArbitrary, (one, other) => {
        if (canTalk(one, other) !== 'yes') return;
        assert.equal(canTalk({ ...one, presents: leaf.x }, other), 'yes');
      }),
    );
  });
});

function peer(holds: keyof typeof held, presents: keyof typeof leaf): Peer {
  return { holds: held[holds], presents: leaf[presents] };
}

function forgettingsOf(one: Peer): readonly Peer[] {
  const holds: readonly Held[] = [
    { ...one.holds, a: 'unknown' },
    { ...one.holds, b: 'unknown' },
    unknownHeld,
  ];
  const presents: readonly Presented[] = [
    { ...one.presents, a: 'unknown' },
    { ...one.presents, b: 'unknown' },
    { ...one.presents, leaf: 'unknown' },
    unknownPresented,
  ];
  return [
    ...holds.map((less) => ({ ...one, holds: less })),
    ...presents.map((less) => ({ ...one, presents: less })),
  ];
}

describe('issuerKind', () => {
  it('is the inverse of what issuers verify under', () => {
    for (const kind of ['a', 'x', 'b'] as const) {
      assert.equal(issuerKind(issuerVerifiesUnder[kind]), kind);
    }
  });

  it('is undefined under neither anchor and where anything is unknown', () => {
    assert.equal(issuerKind({ a: 'no', b: 'no' }), undefined);
    assert.equal(issuerKind({ a: 'yes', b: 'unknown' }), undefined);
    assert.equal(issuerKind({ a: 'unknown', b: 'yes' }), undefined);
  });
});

describe('labels of counts', () => {
  it('name what is held', () => {
    for (const letters of ['A', 'A,B', 'B', 'none', 'unknown'] as const) {
      assert.equal(describeHeld(held[letters]), letters);
    }
    assert.equal(describeHeld({ a: 'unknown', b: 'yes' }), 'unknown');
  });

  it('name what is presented', () => {
    for (const letters of ['a', 'x', 'b', 'foreign', 'expired', 'none', 'unknown'] as const) {
      assert.equal(describePresented(leaf[letters]), letters);
    }
    assert.equal(describePresented({ leaf: 'valid', a: 'unknown', b: 'yes' }), 'unknown');
  });
});
