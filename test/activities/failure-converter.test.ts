import assert from 'node:assert/strict';
import type { ProtoFailure } from '@temporalio/common';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  encodeErrorToFailure,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { dataConverter } from '../../activities/data-converter.ts';
import { toFailure } from '../../activities/to-failure.ts';
import { makeRoot } from '../support/certificates.ts';

/** What an activity that throws this sends to the server. */
function sent(error: unknown): Promise<ProtoFailure> {
  return encodeErrorToFailure(loadDataConverter(dataConverter), toFailure(error));
}

/** Everything in a failure that can be read, its payloads decoded. */
function texts(failure: ProtoFailure): string {
  return JSON.stringify(failure, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}

describe('a failure that is sent', () => {
  let keyPem: string;
  let keyLine: string;

  before(async () => {
    ({ keyPem } = await makeRoot('root'));
    keyLine = keyPem.split('\n')[1] ?? '';
    assert.ok(keyLine.length > 40);
  });

  const hidings: readonly (readonly [string, (key: string) => unknown])[] = [
    ['its message', (key) => new Error(`could not write\n${key}: try again`)],
    ['its message, cut off', (key) => new Error(`could not write ${key.slice(0, 120)}`)],
    ['its message, as JSON', (key) => new Error(JSON.stringify({ 'tls.key': key }))],
    [
      'its message, in base64',
      (key) => new Error(`{"data":{"tls.key":"${Buffer.from(key).toString('base64')}"}}`),
    ],
    ['its cause', (key) => new Error('could not write', { cause: new Error(key) })],
    [
      "its cause's cause",
      (key) => new Error('one', { cause: new Error('two', { cause: new Error(key) }) }),
    ],
    ['its details', (key) => ApplicationFailure.nonRetryable('one', 'Known', { laggard: key })],
    [
      'the details of its cause',
      (key) =>
        ApplicationFailure.create({
          message: 'one',
          cause: ApplicationFailure.nonRetryable('two', 'Known', key),
        }),
    ],
    ['the details of a cancellation', (key) => new CancelledFailure('over', [key])],
    ['what is no error at all', (key) => key],
  ];
  for (const [where, hide] of hidings) {
    it(`holds no private key that stood in ${where}`, async () => {
      const failure = texts(await sent(hide(keyPem)));

      assert.ok(!failure.includes('PRIVATE KEY-----'), failure);
      assert.ok(!failure.includes(keyLine), failure);
      assert.ok(!failure.includes(Buffer.from(keyPem).toString('base64').slice(0, 60)), failure);
    });
  }

  it('says what else it has to say', async () => {
    const cause = new Error('the API server said no');
    const { message, cause: why } = await sent(
      new Error(`wrote ${keyPem.trim()} twice`, { cause }),
    );

    assert.equal(message, 'wrote [private key removed] twice');
    assert.equal(why?.cause?.message, 'the API server said no');
  });

  it('is readable as it is, with its type, details and place', async () => {
    const error = ApplicationFailure.nonRetryable('the invariants refuse', 'MutationRefused', {
      laggards: [],
    });

    const failure = await sent(error);

    assert.equal(failure.message, 'the invariants refuse');
    assert.equal(failure.applicationFailureInfo?.type, 'MutationRefused');
    assert.match(texts(failure), /laggards/);
    assert.match(failure.stackTrace ?? '', /failure-converter\.test\.ts/);
    assert.equal(failure.encodedAttributes, undefined);
  });
});
