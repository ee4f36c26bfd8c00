import assert from 'node:assert/strict';
import { isInDate, shortFingerprint, shortKeyId } from '../../domain/certificate.ts';
import { fakeCertificate } from '../support/fake-certificates.ts';

const certificate = fakeCertificate({
  subject: 'CN=root',
  key: 'A',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2026-12-31T00:00:00.000Z',
});

describe('a certificate', () => {
  it('is named by the first eight digits of its fingerprint and 16 of its key id', () => {
    assert.equal(shortFingerprint(certificate.fingerprint), certificate.fingerprint.slice(0, 8));
    assert.equal(shortKeyId(certificate).length, 16);
  });

  it('is in date from its first to its last millisecond', () => {
    const firstMs = Date.parse(certificate.notBefore);
    const lastMs = Date.parse(certificate.notAfter);

    assert.deepEqual(
      [firstMs - 1, firstMs, lastMs, lastMs + 1].map((atMs) => isInDate(certificate, atMs)),
      [false, true, true, false],
    );
  });
});
