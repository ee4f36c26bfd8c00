import assert from 'node:assert/strict';
import type { IssuerMark } from '../../../domain/resource/issuer-renewal.ts';
import { isPersonsRenewal, mayRenewIssuer } from '../../../domain/resource/issuer-renewal.ts';
import { ago, statusOf } from '../../client/fixtures.ts';

const before: IssuerMark = {
  revision: 3,
  generation: 1,
  renewalTime: '2026-06-02T10:00:00.000Z',
  secretUid: 'u',
  fingerprint: 'aa',
  notBefore: '2026-06-01T10:00:00.000Z',
};
const renewed: IssuerMark = {
  ...before,
  revision: 4,
  fingerprint: 'bb',
  notBefore: '2026-06-01T18:00:00.000Z',
  renewalTime: '2026-06-02T18:00:00.000Z',
};

describe('a renewal of the identity issuer', () => {
  it('is the word of a person when nothing else could have caused it', () => {
    assert.ok(isPersonsRenewal(before, renewed));
  });

  const others: readonly (readonly [string, IssuerMark, IssuerMark])[] = [
    ['nothing was renewed', before, before],
    ['it was due', before, { ...renewed, notBefore: '2026-06-02T10:00:00.000Z' }],
    ['its spec had changed', before, { ...renewed, generation: 2 }],
    ['its Secret had been deleted', before, { ...renewed, secretUid: 'v' }],
    ['nobody knows when it was due', { ...before, renewalTime: '' }, renewed],
    ['the Secret still holds the old one', before, { ...renewed, fingerprint: 'aa' }],
  ];
  for (const [why, left, right] of others) {
    it(`is none when ${why}`, () => {
      assert.ok(!isPersonsRenewal(left, right));
    });
  }

  it('may be our own from the approval on, and on the way back', () => {
    const approvals = [{ gate: 'switch-issuer', by: 'ada', at: ago(1) }] as const;
    assert.ok(!mayRenewIssuer(statusOf().state));
    assert.ok(mayRenewIssuer(statusOf({ approvals }).state));
    assert.ok(mayRenewIssuer(statusOf({ condition: 'swinging-back' }).state));
  });
});
