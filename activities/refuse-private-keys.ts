import type { Payload, PayloadCodec } from '@temporalio/common';
import { createPayloadValidationError } from '@temporalio/common';

/**
 * The tripwire of worker and client: no private key may enter a history. The first defence is that
 * nothing that crosses can hold one (`contract.ts`); this one fires if that is ever broken. It sees
 * arguments, results, memos, heartbeats and details, but not the messages of failures.
 */
export const refusePrivateKeys: PayloadCodec = {
  encode: (payloads) => {
    if (payloads.some(holdsPrivateKey)) {
      const reason = 'a payload holds a private key; it was not sent';
      return Promise.reject(createPayloadValidationError(reason));
    }
    return Promise.resolve(payloads);
  },
  decode: (payloads) => Promise.resolve(payloads),
};

/**
 * All PEM headers of private keys: PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, DSA, OpenSSH, OpenPGP.
 */
const privateKeyMarker = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
/** The shortest header above as base64: nothing shorter can hide one. */
const base64Run = /[A-Za-z0-9+/_-]{36,}/g;
/** Line breaks inside base64, as they are or escaped in JSON. */
const lineBreaks = /\\+[nrt]|[\r\n\t]/g;
/** A Secret in JSON in a Secret: deeper than anything a mistake would build. */
const maxDepth = 3;

function holdsPrivateKey({ data }: Payload): boolean {
  return (
    data !== null && data !== undefined && textHoldsKey(Buffer.from(data).toString('latin1'), 0)
  );
}

function textHoldsKey(text: string, depth: number): boolean {
  if (privateKeyMarker.test(text)) return true;
  if (depth === maxDepth) return false;
  const runs = text.replaceAll(lineBreaks, '').match(base64Run) ?? [];
  return runs.some((run) => runHoldsKey(run, depth + 1));
}

/** What stands before a run may use base64's own letters, so each of the four alignments is tried. */
function runHoldsKey(run: string, depth: number): boolean {
  return [0, 1, 2, 3].some((start) =>
    textHoldsKey(Buffer.from(run.slice(start), 'base64').toString('latin1'), depth),
  );
}
