import assert from 'node:assert/strict';
import { judgeExpiry } from '../../../domain/checks/expiry.ts';

const year = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' };
const twoDays = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2026-01-03T00:00:00.000Z' };

function verdictAt(dates: typeof year, at: string): string | undefined {
  return judgeExpiry('it', dates, { atMs: Date.parse(at), cure: 'renew it' })?.verdict;
}

describe('the expiry of a certificate', () => {
  it('is no matter while there are 60 days left, and a warning from then on', () => {
    assert.equal(verdictAt(year, '2026-11-02T00:00:00Z'), undefined);
    assert.equal(verdictAt(year, '2026-11-02T00:00:01Z'), 'warning');
  });

  it('is judged by a third of a short life, which would otherwise always be near its end', () => {
    assert.equal(verdictAt(twoDays, '2026-01-02T07:00:00Z'), undefined);
    assert.equal(verdictAt(twoDays, '2026-01-02T09:00:00Z'), 'warning');
  });

  it('is an error before and after its dates', () => {
    assert.equal(verdictAt(year, '2027-01-01T00:00:01Z'), 'error');
    assert.equal(verdictAt(year, '2025-12-31T00:00:00Z'), 'error');
  });
});
