import { ApplicationFailure } from '@temporalio/common';
import type { GateWatch, RestartWaveResult } from '../../activities/contract.ts';
import type { IssuerSight } from '../../activities/issuer-renewal.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { contextAfter } from '../activities/activity-fixture.ts';
import { gateReport } from '../client/fixtures.ts';
import { survey } from '../support/survey-builder.ts';

const observed = summarise(survey());
export const former = {
  fingerprint: 'former',
  notAfter: '2026-07-01T00:00:00.000Z',
  under: { a: 'yes', b: 'no' },
} as const;
export const next = { ...former, fingerprint: 'next', notAfter: '2026-08-01T00:00:00.000Z' };

/** What the cluster of one test does otherwise than renew at once. */
export interface RenewalWays {
  readonly refusal?: string;
  readonly leaseHolder?: string;
  /** It is ours, but the answer that says so was lost. */
  readonly leaseIsSilent?: boolean;
  /** Neither taken nor given back. */
  readonly leaseIsForbidden?: boolean;
  readonly renewalFails?: boolean;
  /** Watches of the adoption that do not pass. */
  readonly deaf?: number;
  readonly stuck?: boolean;
}

/** The activities of a renewal in a cluster that answers at once; each call is written to `calls`. */
export function fakeRenewal(
  ways: RenewalWays,
  calls: string[],
): Record<string, (input: never) => Promise<unknown>> {
  let deaf = ways.deaf ?? 0;
  let isUp = false;
  const sight: IssuerSight = {
    context: contextAfter(),
    verdict: ways.refusal === undefined ? { kind: 'a' } : { refusal: ways.refusal },
    issuer: former,
    mark: { uid: 'u', revision: 1 },
  };
  return {
    lookAtIssuer: async () => {
      calls.push('lookAtIssuer');
      return sight;
    },
    takeLease: async () => {
      calls.push('takeLease');
      if (ways.leaseIsForbidden === true) throw ApplicationFailure.nonRetryable('no right to take');
      if (ways.leaseIsSilent === true) throw ApplicationFailure.nonRetryable('no answer');
      if (ways.leaseHolder === undefined) return;
      throw ApplicationFailure.nonRetryable(`${ways.leaseHolder} holds the Lease`, 'AnotherEngine');
    },
    releaseLease: async () => {
      calls.push('releaseLease');
      if (ways.leaseIsForbidden === true) throw ApplicationFailure.nonRetryable('nor to give back');
    },
    renewIssuerInPlace: async ({ kind }: { kind: string }) => {
      calls.push(`renewIssuerInPlace ${kind}`);
      if (ways.renewalFails === true) throw ApplicationFailure.nonRetryable('cert-manager is down');
      return { issuer: next };
    },
    watchGate: async ({ gate }: { gate: string }): Promise<GateWatch> => {
      calls.push(`watchGate ${gate}`);
      const outcome = deaf > 0 ? 'progress' : 'passed';
      deaf -= 1;
      return {
        outcome,
        report: gateReport(outcome === 'passed' ? 2 : 1, 2),
        foreign: [],
        observed,
      };
    },
    restartWave: async ({ pass }: { pass: string }): Promise<RestartWaveResult> => {
      calls.push(`restartWave ${pass}`);
      const laggard = { what: 'identity', reason: 'stuck', remedy: 'look' };
      const lacking = isUp ? 0 : 1;
      isUp = ways.stuck !== true;
      return {
        restarted: lacking === 0 ? [] : ['Deployment linkerd/linkerd-identity'],
        lacking,
        stuck: ways.stuck === true ? [laggard] : [],
        observed,
      };
    },
  };
}
