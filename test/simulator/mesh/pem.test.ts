import assert from 'node:assert/strict';

import { decodeCertificates, decodeCertPool } from '../../../simulator/mesh/trust/pem.ts';
import { makeAnchor } from './authorities.ts';

describe('bundle texts', () => {
  const ecParameters =
    '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----';
  let first: string;
  let second: string;

  before(async () => {
    first = (await makeAnchor('first')).pem.trim();
    second = (await makeAnchor('second')).pem.trim();
  });

  for (const [what, text] of [
    ['canonical text', (): string => `${first}\n${second}\n`],
    ['no newline at the end', (): string => `${first}\n${second}`],
    ['a blank line between', (): string => `${first}\n\n${second}\n`],
    ['comments before and between', (): string => `# old\n${first}\n# new\n${second}\n`],
  ] as const) {
    it(`are read when they have ${what}`, () => {
      assert.equal(decodeCertPool(text()).length, 2);
    });
  }

  for (const [what, text] of [
    ['a blank line at the end', (): string => `${first}\n${second}\n\n`],
    ['blanks at the end', (): string => `${first}\n${second}\n  `],
    ['a comment at the end', (): string => `${first}\n${second}\n# end\n`],
    ['no newline between END and BEGIN', (): string => `${first}${second}\n`],
  ] as const) {
    it(`are refused when they have ${what}`, () => {
      assert.throws(() => decodeCertPool(text()), /not a PEM certificate/);
    });
  }

  it('lose every anchor behind a block of another type in Go, but not in Rust', () => {
    const text = `${first}\n${ecParameters}\n${second}\n`;

    assert.equal(decodeCertPool(text).length, 1);
    assert.equal(decodeCertificates(text).length, 2);
  });
});
