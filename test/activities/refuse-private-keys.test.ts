import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { refusePrivateKeys } from '../../activities/refuse-private-keys.ts';
import { anchorA } from '../support/survey-builder.ts';

function send(value: unknown): Promise<unknown> {
  return refusePrivateKeys.encode([defaultPayloadConverter.toPayload(value)]);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const labels = ['', 'EC ', 'RSA ', 'DSA ', 'ENCRYPTED ', 'OPENSSH '];
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const certificate = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(200)}\n-----END CERTIFICATE-----\n`;
const publicKey = '-----BEGIN PUBLIC KEY-----\nMFkwEwYH\n-----END PUBLIC KEY-----\n';

describe('refusePrivateKeys', () => {
  for (const label of labels) {
    it(`refuses a PEM block "${label}PRIVATE KEY"`, async () => {
      const block = `-----BEGIN ${label}PRIVATE KEY-----\nMIGH\n-----END ${label}PRIVATE KEY-----`;

      await assert.rejects(send({ nested: { list: [`text before\n${block}`] } }), {
        type: 'PayloadValidationError',
      });
    });
  }

  it('refuses an OpenPGP private key block', async () => {
    await assert.rejects(send('-----BEGIN PGP PRIVATE KEY BLOCK-----\n'));
  });

  const hidden: readonly (readonly [string, unknown])[] = [
    ['the data of a Secret', { kind: 'Secret', data: { 'tls.key': base64(pem) } }],
    ['base64 behind a certificate', { bundle: base64(certificate + pem) }],
    ['base64 in lines of 64', { data: base64(certificate + pem).replaceAll(/.{64}/g, '$&\n') }],
    ['base64url', { data: Buffer.from(`~~~???${pem}`).toString('base64url') }],
    ['a Secret in JSON in a Secret', { data: base64(JSON.stringify({ key: base64(pem) })) }],
    ['base64 behind one, two and three letters', [1, 2, 3].map((n) => 'x'.repeat(n) + base64(pem))],
    ['a JSON text in a JSON text', JSON.stringify(JSON.stringify({ pem }))],
    ['bytes', new TextEncoder().encode(pem)],
  ];
  for (const [name, value] of hidden) {
    it(`refuses a key as ${name}`, async () => {
      await assert.rejects(send(value), { type: 'PayloadValidationError' });
    });
  }

  it('refuses all payloads when one of them holds a key, without quoting it', async () => {
    const payloads = ['fine', pem].map((value) => defaultPayloadConverter.toPayload(value));

    await assert.rejects(refusePrivateKeys.encode(payloads), (error: unknown) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.nonRetryable, true);
      return !JSON.stringify([error.message, error.details]).includes('MIG');
    });
  });

  const harmless: readonly (readonly [string, unknown])[] = [
    ['a certificate', certificate],
    ['a certificate in base64', { data: base64(certificate) }],
    ['a public key', publicKey],
    ['facts of a certificate', { anchor: anchorA }],
    ['words about private keys', 'the private key of the anchor in use is not in the cluster'],
    ['nothing', undefined],
  ];
  for (const [name, value] of harmless) {
    it(`lets ${name} through unchanged`, async () => {
      const payload = defaultPayloadConverter.toPayload(value);

      assert.deepEqual(await refusePrivateKeys.encode([payload]), [payload]);
      assert.deepEqual(await refusePrivateKeys.decode([payload]), [payload]);
    });
  }

  it('takes no noticeable time for a payload of a megabyte', async () => {
    const started = performance.now();

    await send({ text: base64('x'.repeat(750_000)) });

    assert.ok(performance.now() - started < 2_000);
  });
});
