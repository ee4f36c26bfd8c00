import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holdsPrivateKey, withoutPrivateKeys } from '../../domain/private-keys.ts';

const key = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIN\n-----END EC PRIVATE KEY-----';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('a private key', () => {
  it('is found in base64 of either alphabet, wherever in a text it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom('base64', 'base64url'), (...given) => {
        const [before, behind, alphabet] = given;
        const hidden = Buffer.from(`${before}${key}${behind}`).toString(alphabet);

        assert.ok(holdsPrivateKey(`${before}"${hidden}"${behind}`));
        assert.ok(!withoutPrivateKeys(`${before}"${hidden}"${behind}`).includes(hidden));
      }),
    );
  });

  it('is taken out of a text that says more, every one of them', () => {
    assert.equal(
      withoutPrivateKeys(`first ${key}, then ${JSON.stringify(key)}.`),
      'first [private key removed], then "[private key removed]".',
    );
    assert.equal(
      withoutPrivateKeys(`cut off: ${key.slice(0, 35)}`),
      'cut off: [private key removed]',
    );
  });

  it('is not seen in certificates, public keys and other long texts', () => {
    const certificate = `-----BEGIN CERTIFICATE-----\n${base64('x'.repeat(900))}\n-----END CERTIFICATE-----`;
    const harmless = [certificate, base64(certificate), key.replaceAll('PRIVATE', 'PUBLIC'), ''];

    for (const text of harmless) assert.equal(withoutPrivateKeys(text), text);
  });
});
