import { z } from 'zod';
import type { IssuerRenewalReport } from '../../domain/issuer-renewal.ts';
import type { Described } from './shared.ts';
import { fingerprint, laggard, time } from './shared.ts';

const issuer = z.strictObject({ fingerprint, notAfter: time }).meta({ id: 'Issuer' });

const report = z.strictObject({
  outcome: z.enum(['renewed', 'refused', 'not-adopted', 'failed']),
  reason: z.string().exactOptional(),
  before: issuer.exactOptional(),
  after: issuer.exactOptional(),
  adopted: z.number().meta({ description: 'identity replicas that sign with the new issuer' }),
  restarted: z.array(z.string()),
  laggards: z.array(laggard),
} satisfies Described<IssuerRenewalReport>) satisfies z.ZodType<IssuerRenewalReport>;

export const renewalAnswer = report.extend({ workflowId: z.string(), runId: z.string() });
