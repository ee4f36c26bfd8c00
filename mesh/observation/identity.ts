import type { RotationAnchors } from '../../domain/anchors.ts';
import type { IssuerEpoch } from '../../domain/history.ts';
import { bundlesAtStart } from '../../domain/history.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { IdentityReplica, TrustObjects } from '../../domain/survey.ts';
import type { Held, Knowledge, VerifiesUnder } from '../../domain/trust.ts';
import { unknownHeld } from '../../domain/trust.ts';
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { issuerEndToleranceMs } from './limits.ts';
import type { Reach } from './pod-endpoint.ts';
import { requestPod } from './pod-http.ts';
import type { Replica } from './replicas.ts';

export interface IdentityQuestion {
  readonly request: SurveyRequest;
  readonly issuer: TrustObjects['issuer'];
  readonly clock: Clock;
  readonly reach: Reach;
}

/**
 * What one identity process holds and signs with. It cannot be asked what it holds: it reads the
 * mounted bundle when its container starts and never again, so the bundle's history tells. What it
 * signs with it shows as the remaining life of its issuer (linkerd2 `pkg/identity/service.go`).
 */
export async function observeIdentity(
  replica: Replica,
  question: IdentityQuestion,
): Promise<IdentityReplica> {
  const held = holdsOf(replica, question);
  const use = await issuerInUse(replica, question);
  const note = [held.note, use.note].filter((part) => part !== undefined).join('; ');
  return {
    pod: replica.pod,
    workload: replica.workload,
    holds: held.holds,
    signs: use.signs,
    usesCurrentIssuer: use.current,
    ...(use.isUntold === undefined ? {} : { isIssuerUntold: true }),
    ...(replica.isTerminating === undefined ? {} : { isTerminating: true }),
    ...(note === '' ? {} : { note }),
  };
}

/** Which of A and B a set of fingerprints contains. */
export function heldOf(fingerprints: readonly string[], { a, b }: RotationAnchors): Held {
  const has = (fingerprint: string | undefined): Knowledge =>
    fingerprint !== undefined && fingerprints.includes(fingerprint) ? 'yes' : 'no';
  return { a: has(a.certificate.fingerprint), b: has(b?.certificate.fingerprint) };
}

function holdsOf(
  { startedAt }: Replica,
  { request, clock }: IdentityQuestion,
): { readonly holds: Held; readonly note?: string } {
  // One that does not run yet will read what is mounted when it starts: not earlier than now.
  return heldSinceStart(startedAt ?? new Date(clock.nowMs()).toISOString(), request);
}

/** What a process holds that read the bundle when its container started, by the bundle's history. */
export function heldSinceStart(
  startedAt: string,
  { bundleHistory, timings, anchors }: SurveyRequest,
): { readonly holds: Held; readonly note?: string } {
  const bundles = bundlesAtStart(bundleHistory, startedAt, timings.settleMs) ?? [];
  const [first, ...others] = bundles.map((bundle) => heldOf(bundle, anchors));
  if (first !== undefined && others.length === 0) return { holds: first };
  const note =
    'its container started before the bundle was watched, or while it was changing, so the anchors it read are not certain';
  if (first === undefined) return { holds: unknownHeld, note };
  return { holds: others.reduce(commonHeld, first), note };
}

/** What is held whichever of two bundles was read. */
function commonHeld(one: Held, other: Held): Held {
  return {
    a: one.a === other.a ? one.a : 'unknown',
    b: one.b === other.b ? one.b : 'unknown',
  };
}

interface IssuerInUse {
  readonly signs: VerifiesUnder;
  readonly current: Knowledge;
  /** It answers, and not for this. */
  readonly isUntold?: true;
  readonly note?: string;
}

async function issuerInUse(
  { startedAt, endpoint }: Replica,
  { request, issuer, clock, reach }: IdentityQuestion,
): Promise<IssuerInUse> {
  if (startedAt === undefined) return unknownIssuer('its container does not run');
  if (endpoint === undefined) return unknownIssuer('its pod has no address');
  try {
    const beforeMs = clock.nowMs();
    const { status, body, dateMs } = await requestPod(endpoint, { path: '/metrics' }, reach);
    const ttlMs = ttlIn(body);
    if (ttlMs === undefined) {
      const note = `/metrics answered ${String(status)} without issuer_cert_ttl_seconds`;
      return { ...unknownIssuer(note), ...(status === 200 ? { isUntold: true } : {}) };
    }
    // Its own clock, where it tells it: then neither ours nor the way of the answer matters.
    const readings =
      dateMs === undefined ? [beforeMs, clock.nowMs()] : [dateMs, dateMs + wholeSecondMs];
    const ends = readings.map((atMs) => atMs + ttlMs);
    return recognise(ends, issuer, request.issuerHistory);
  } catch (error) {
    reach.signal?.throwIfAborted();
    return unknownIssuer(`its metrics could not be read (${messageOf(error)})`);
  }
}

const wholeSecondMs = 1_000;

/** The issuer whose end is the one that the metric told. */
function recognise(
  ends: readonly number[],
  current: TrustObjects['issuer'],
  history: readonly IssuerEpoch[],
): IssuerInUse {
  const from = Math.min(...ends) - issuerEndToleranceMs;
  const to = Math.max(...ends) + issuerEndToleranceMs;
  const fits = ({ notAfter }: { readonly notAfter: string }): boolean =>
    from <= Date.parse(notAfter) && Date.parse(notAfter) <= to;

  const { fingerprint } = current.certificate;
  const former = history.filter((epoch) => epoch.fingerprint !== fingerprint && fits(epoch));
  const isCurrent = fits(current.certificate);
  if (isCurrent && former.length === 0) return { signs: current.under, current: 'yes' };
  const candidates = [...former.map(({ under }) => under), ...(isCurrent ? [current.under] : [])];
  const [signs, ...others] = candidates;
  if (signs === undefined) {
    return {
      ...unknownIssuer('it signs with an issuer that was never in the Secret while watched'),
      current: 'no',
    };
  }
  const agreed = others.every(({ a, b }) => a === signs.a && b === signs.b);
  if (!isCurrent) return agreed ? { signs, current: 'no' } : unknownIssuer(ambiguous);
  return { ...unknownIssuer(ambiguous), ...(agreed ? { signs } : {}) };
}

const ambiguous = 'two issuers end within seconds of each other, so the one in use cannot be told';

function unknownIssuer(note: string): IssuerInUse {
  return { signs: unknownHeld, current: 'unknown', note };
}

function ttlIn(metrics: string): number | undefined {
  const value = /^issuer_cert_ttl_seconds(?:\{[^}]*\})?\s+(\S+)/m.exec(metrics)?.[1];
  const seconds = Number(value);
  return value === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1_000;
}
