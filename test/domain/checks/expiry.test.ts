import assert from 'node:assert/strict';
import { judgeExpiry } from '../../../domain/checks/expiry.ts';

const year = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' };
const ninetyDays = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2026-04-01T00:00:00.000Z' };
const aDay = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2026-01-02T00:00:00.000Z' };

function verdictAt(dates: typeof year, at: string): string | undefined {
  return judgeExpiry('it', dates, { atMs: Date.parse(at), cure: 'renew it' })?.verdict;
}

describe('the expiry of a certificate', () => {
  it('is no matter while there are 60 days left, and a warning from then on', () => {
    assert.equal(verdictAt(year, '2026-11-02T00:00:00Z'), undefined);
    assert.equal(verdictAt(year, '2026-11-02T00:00:01Z'), 'warning');
  });

  it('is judged by a third of a short life, which would otherwise always be near its end', () => {
    assert.equal(verdictAt(ninetyDays, '2026-03-01T00:00:00Z'), undefined);
    assert.equal(verdictAt(ninetyDays, '2026-03-03T00:00:00Z'), 'warning');
  });

  it('is no matter while a machine may still renew it, as Linkerd’s guide has it an hour before', () => {
    assert.equal(verdictAt(aDay, '2026-01-01T23:00:00Z'), undefined);
    assert.equal(verdictAt(aDay, '2026-01-01T23:30:00Z'), 'warning');
  });

  it('is an error before and after its dates', () => {
    assert.equal(verdictAt(year, '2027-01-01T00:00:01Z'), 'error');
    assert.equal(verdictAt(year, '2025-12-31T00:00:00Z'), 'error');
  });
});
