import assert from 'node:assert/strict';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { refusePrivateKeys } from '../../activities/refuse-private-keys.ts';
import { makeRoot } from '../support/certificates.ts';

function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('refusePrivateKeys', () => {
  let keyPem: string;
  let pem: string;

  before(async () => {
    ({ keyPem, pem } = await makeRoot('root'));
  });

  const hidings: readonly (readonly [string, (key: string) => unknown])[] = [
    ['as it is', (key) => key],
    ['in a field', (key) => ({ data: { 'tls.key': key } })],
    ['of another kind', (key) => key.replaceAll('PRIVATE KEY', 'EC PRIVATE KEY')],
    ['for OpenSSH', (key) => key.replaceAll('PRIVATE KEY', 'OPENSSH PRIVATE KEY')],
    ['in base64, as Secrets hold it', (key) => ({ data: { 'tls.key': base64(key) } })],
    ['in base64 behind other letters', (key) => `abc${base64(key)}`],
    ['in base64 in lines', (key) => (base64(key).match(/.{1,40}/g) ?? []).join('\n')],
    ['in base64 of base64', (key) => base64(JSON.stringify({ secret: base64(key) }))],
  ];
  for (const [how, hide] of hidings) {
    it(`refuses a key ${how}`, async () => {
      const payloads = [payloadOf('harmless'), payloadOf(hide(keyPem))];
      await assert.rejects(
        () => refusePrivateKeys.encode(payloads),
        (error: unknown) => {
          assert.ok(error instanceof ApplicationFailure);
          assert.deepEqual(error.details, ['a payload holds a private key; it was not sent']);
          return true;
        },
      );
    });
  }

  it('lets certificates, long texts and empty payloads pass unchanged', async () => {
    const payloads = [
      payloadOf(pem),
      payloadOf({ text: base64(pem.repeat(3)) }),
      {},
      { data: null },
    ];

    assert.equal(await refusePrivateKeys.encode(payloads), payloads);
    assert.equal(await refusePrivateKeys.decode(payloads), payloads);
  });
});
