import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { refusePrivateKeys } from './refuse-private-keys.ts';

/** How worker and client put into words what they send: no private key gets through. */
export const dataConverter = {
  payloadCodecs: [refusePrivateKeys],
  // The SDK takes a path because it bundles the converter into the workflow sandbox as well.
  failureConverterPath: fileURLToPath(new URL('./failure-converter.ts', import.meta.url)),
} satisfies DataConverter;
