import type { RotationAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { Timings } from '../../domain/rotation-request.ts';
import {
  RequestDeniedError,
  RequestFailedError,
  RequestGoneError,
} from '../certificate-requests.ts';
import { ForbiddenError, InvalidRequestError, WebhookDownError } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { DeadlineError } from '../wait.ts';
import type { Clock } from './clock.ts';
import { messageOf, ObservationError } from './errors.ts';
import type { Log } from './log.ts';
import { loadProbe, removeKeptProbe, saveProbe } from './kept-probe.ts';
import type { Probe, ProbeName } from './probe.ts';
import {
  issueProbe,
  ProbeKeyMissingError,
  ProbeUnfitError,
  removeIssuance,
} from './probe-issuance.ts';

/** What a trial CA takes over from the identity issuer. */
export interface IssuerSettings {
  readonly trustDomain: string;
  readonly usages: readonly string[];
}

/** What all probes of one survey have in common. */
export interface ProbeContext {
  readonly objects: MeshObjects;
  readonly anchors: RotationAnchors;
  /** How the identity issuer is made; asked for only when a probe has to be. */
  readonly issuerSettings: () => Promise<IssuerSettings>;
  readonly timings: Timings;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** A probe that is wanted, and what could sign it. */
export interface ProbeSource {
  readonly name: ProbeName;
  /** Fingerprint of the certificate that the probe stands under; a new one needs a new probe. */
  readonly under: string;
  /** Secret of the trust namespace with that certificate and its key; absent: nothing can sign any more. */
  readonly secretName?: string;
}

export type ProbeSupply =
  | { readonly probe: Probe }
  /** Why there is no such probe, in words for people; `isForGood` where no key is left to sign one. */
  | { readonly unavailable: string; readonly isForGood: boolean };

export interface ProbeKitParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
}

interface Stocked {
  readonly supply: ProbeSupply;
  /** Unix milliseconds. */
  readonly madeAtMs: number;
  readonly renewAtMs: number;
}

const probeLifetimeMs = 24 * 3_600_000;
/** cert-manager counts a duration from its own clock, which may be behind ours. */
const clockSlackMs = 60_000;
/** Renewed while a third of its life is left, so that none ends in the middle of a survey. */
const renewAtFraction = 2 / 3;
/** How long the reason for a missing probe is believed before it is tried again. */
const failureKeptMs = 30_000;

/**
 * Makes probes when they are first wanted and keeps them in memory until they must be renewed. One
 * maker at a time: a second survey finds what the first one made.
 */
export class ProbeKit {
  readonly #kube: Kube;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stock = new Map<string, Stocked>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ kube, clock, log }: ProbeKitParts) {
    this.#kube = kube;
    this.#clock = clock;
    this.#log = log;
  }

  /** The probes, old enough to be used, or why there is none. */
  async supply(
    sources: readonly ProbeSource[],
    context: ProbeContext,
  ): Promise<ReadonlyMap<ProbeName, ProbeSupply>> {
    const found = await this.#inTurn(() =>
      Promise.all(
        sources.map(async (source) => [source.name, await this.#fetch(source, context)] as const),
      ),
    );
    // Node clocks may run behind, and certificates are not backdated.
    const youngestMs = Math.max(0, ...found.map(([, { madeAtMs }]) => madeAtMs));
    const leftMs = youngestMs + context.timings.certificateAgeMs - this.#clock.nowMs();
    if (leftMs > 0) {
      context.onProgress?.(`fresh probes age for ${String(Math.ceil(leftMs / 1_000))} s`);
      await this.#clock.sleep(leftMs, context.signal);
    }
    return new Map(found.map(([name, { supply }]) => [name, supply]));
  }

  /**
   * Makes an A-probe that lives until `untilMs` (Unix milliseconds) and keeps it in its Secret for the
   * final proof, unless such a one lies there. Answers with its end.
   * @throws ObservationError when nothing can sign it any more; RequestDeniedError, RequestFailedError,
   * RequestGoneError, DeadlineError, ProbeKeyMissingError, ProbeUnfitError
   */
  async keepForProof(
    source: ProbeSource,
    untilMs: number,
    context: ProbeContext,
  ): Promise<{ readonly notAfter: string }> {
    const { objects, anchors } = context;
    const nowMs = this.#clock.nowMs();
    const kept = await loadProbe(this.#kube, objects, { anchors, atMs: nowMs });
    if (kept !== undefined && Date.parse(kept.notAfter) >= untilMs) {
      return { notAfter: kept.notAfter };
    }
    const { secretName } = source;
    if (secretName === undefined) throw nothingSigns(source, objects);
    const durationMs = Math.max(untilMs - nowMs, probeLifetimeMs) + clockSlackMs;
    const probe = await this.#inTurn(() =>
      this.#issue({ ...source, secretName }, { ...context, durationMs }),
    );
    await saveProbe(this.#kube, objects, probe);
    return { notAfter: probe.notAfter };
  }

  /** Removes every object that probes have left in the cluster, the kept one included. Idempotent. */
  async removeObjects(objects: MeshObjects): Promise<void> {
    this.#stock.clear();
    await removeIssuance(this.#kube, objects);
    await removeKeptProbe(this.#kube, objects);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #fetch(source: ProbeSource, context: ProbeContext): Promise<Stocked> {
    const key = `${source.name}:${source.under}`;
    const present = this.#stock.get(key);
    if (present !== undefined && this.#clock.nowMs() < present.renewAtMs) return present;
    const made = await this.#obtain(source, context);
    this.#stock.set(key, made);
    return made;
  }

  async #obtain(source: ProbeSource, context: ProbeContext): Promise<Stocked> {
    const { objects, anchors } = context;
    if (source.name === 'a') {
      const kept = await loadProbe(this.#kube, objects, { anchors, atMs: this.#clock.nowMs() });
      if (kept !== undefined) return stocked(kept, Date.parse(kept.notBefore));
    }
    const { secretName } = source;
    try {
      if (secretName === undefined) throw nothingSigns(source, objects);
      const order = { ...context, durationMs: probeLifetimeMs };
      const probe = await this.#issue({ ...source, secretName }, order);
      return stocked(probe, this.#clock.nowMs());
    } catch (error) {
      context.signal?.throwIfAborted();
      if (!isLastingFault(error)) throw error;
      const isForGood = secretName === undefined || error instanceof ProbeKeyMissingError;
      const supply = { unavailable: messageOf(error), isForGood };
      this.#log.warn({ probe: source.name, reason: supply.unavailable }, 'No probe can be made.');
      return { supply, madeAtMs: 0, renewAtMs: this.#clock.nowMs() + failureKeptMs };
    }
  }

  async #issue(
    source: ProbeSource & { readonly secretName: string },
    context: ProbeContext & { readonly durationMs: number },
  ): Promise<Probe> {
    const { timings, signal, onProgress } = context;
    const wait = { deadlineMs: Date.now() + timings.issuanceTimeoutMs, signal, onProgress };
    const order = { ...context, ...source, ...(await context.issuerSettings()) };
    return issueProbe(this.#kube, order, { clock: this.#clock, wait });
  }
}

function stocked(probe: Probe, madeAtMs: number): Stocked {
  const fromMs = Date.parse(probe.notBefore);
  const lifeMs = Date.parse(probe.notAfter) - fromMs;
  return { supply: { probe }, madeAtMs, renewAtMs: fromMs + lifeMs * renewAtFraction };
}

function nothingSigns(source: ProbeSource, objects: MeshObjects): ObservationError {
  const { trustNamespace, trustAnchor, previousAnchor, probe } = objects;
  const letter = source.name.toUpperCase();
  return new ObservationError(`what proxies hold of ${letter}`, {
    happened: `neither Secret ${trustNamespace}/${previousAnchor} nor ${trustNamespace}/${trustAnchor} holds ${letter} any more, and none is kept in ${trustNamespace}/${probe}, so there is no probe under it`,
    nextStep: `restore the pair of ${letter} into Secret ${trustNamespace}/${previousAnchor}`,
  });
}

/** Faults that waiting inside one survey does not cure; the API server being away is not one of them. */
function isLastingFault(error: unknown): boolean {
  return [
    ObservationError,
    RequestDeniedError,
    RequestFailedError,
    RequestGoneError,
    DeadlineError,
    ProbeKeyMissingError,
    ProbeUnfitError,
    ForbiddenError,
    InvalidRequestError,
    WebhookDownError,
  ].some((kind) => error instanceof kind);
}
