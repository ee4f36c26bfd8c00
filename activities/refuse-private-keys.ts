import type { Payload, PayloadCodec } from '@temporalio/common';
import { createPayloadValidationError } from '@temporalio/common';
import { holdsPrivateKey } from '../domain/private-keys.ts';

/**
 * The tripwire of worker and client: no private key may enter a history. The first defence is that
 * nothing that crosses can hold one (`contract.ts`); this one fires if that is ever broken. It sees
 * arguments, results, memos and heartbeats; failures are seen to by the failure converter.
 */
export const refusePrivateKeys: PayloadCodec = {
  encode: (payloads) => {
    if (payloads.some(isKeyInPayload)) {
      const reason = 'a payload holds a private key; it was not sent';
      return Promise.reject(createPayloadValidationError(reason));
    }
    return Promise.resolve(payloads);
  },
  decode: (payloads) => Promise.resolve(payloads),
};

/** Whatever the payload's encoding: PEM and base64 are ASCII. */
export function isKeyInPayload({ data }: Payload): boolean {
  return data !== null && data !== undefined && holdsPrivateKey(new TextDecoder().decode(data));
}
