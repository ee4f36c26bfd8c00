import { z } from 'zod';
import { fingerprint, time } from './shared.ts';

export const bridgeRequestAnswer = z.strictObject({
  request: z.string().meta({ description: 'the CSR of the new anchor, PEM' }),
  signer: z
    .strictObject({ fingerprint, subject: z.string(), subjectKeyId: z.string() })
    .meta({ description: 'the anchor in use, whose key is to sign' }),
  neededUntil: time.meta({ description: 'what ends earlier is refused; ISO 8601 in UTC' }),
  isAnswered: z.boolean().meta({ description: 'an answer was handed in already' }),
});
