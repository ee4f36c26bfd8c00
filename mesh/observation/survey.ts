import type { AnchorCandidates } from '../../domain/anchors.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { Sourced } from '../../domain/sources.ts';
import type { Survey } from '../../domain/survey.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { Right } from '../rights.ts';
import { rightsOf } from '../rights.ts';
import { namingMissingRights } from '../rights-check.ts';
import type { LastSurvey, NewsOptions } from './await-news.ts';
import { awaitNews } from './await-news.ts';
import type { Clock } from './clock.ts';
import { discoverAnchors } from './discover-anchors.ts';
import { createEvidenceStore } from './evidence.ts';
import { takeInventory } from './inventory.ts';
import { keepUp } from './keep-up.ts';
import type { Log } from './log.ts';
import type { Dial } from './pod-endpoint.ts';
import { ProbeKit } from './probe-kit.ts';
import type { SupplyOptions } from './probe-supply.ts';
import { keepProofProbe } from './probe-supply.ts';
import type { SurveyOptions } from './take-survey.ts';
import { takeSurvey } from './take-survey.ts';

export interface SurveyorParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  /** How pods are reached from outside the cluster (`kube.portForward`); left out: at their IP. */
  readonly dial?: Dial | undefined;
}

/** Everything that one worker knows of one cluster. What was proven once is not asked again. */
export interface Surveyor {
  /**
   * One full observation. Creates nothing in the cluster unless `request.probe`; then it makes the
   * probes that it needs, which age for `certificateAgeMs` first. Without probes, what running proxies
   * hold is only hinted at by their environment: such a survey is for plans, never for gates.
   * @throws ObservationError, KubernetesError, SignerError, TlsSecretError, LinkerdConfigError
   */
  survey(request: SurveyRequest, options?: SurveyOptions): Promise<Survey>;
  /**
   * Waits until another survey is worth its price: until what stood in the way of the last one (`about`
   * names it, as reports do) looks different, or it is time to look at everything again.
   * @throws KubernetesError; the reason of an aborted signal
   */
  awaitNews(request: SurveyRequest, about: readonly string[], options: NewsOptions): Promise<void>;
  /**
   * Surveys until the signal is aborted, while workloads restart: whoever has come up by then need not be
   * asked by the survey that follows. A survey that fails meanwhile is told in the log.
   */
  keepUp(request: SurveyRequest, signal: AbortSignal): Promise<void>;
  /** @throws ObservationError, KubernetesError, LinkerdConfigError */
  inventory(objects: MeshObjects, sourced?: Sourced): Promise<Inventory>;
  /** @throws ObservationError, KubernetesError */
  discover(objects: MeshObjects): Promise<AnchorCandidates>;
  /**
   * Keeps an A-probe that lives until `untilMs` (Unix milliseconds) in its Secret: after the
   * retirement of A nothing can sign one any more. Idempotent; answers with its end.
   * @throws ObservationError when nothing can sign it any more, else the error of its issuance.
   */
  keepProofProbe(
    request: SurveyRequest,
    untilMs: number,
    options?: SupplyOptions,
  ): Promise<{ readonly notAfter: string }>;
  /** Removes what probes have left in the cluster, the kept one included. Idempotent. */
  removeProbes(objects: MeshObjects): Promise<void>;
}

/** A `Surveyor` for one cluster: one store of evidence and one kit of probes for all its surveys. */
export function createSurveyor({ kube, clock, log, dial }: SurveyorParts): Surveyor {
  const kit = new ProbeKit({ kube, clock, log });
  const tools = { kube, clock, dial, kit, evidence: createEvidenceStore() };
  let last: LastSurvey | undefined;
  const reachProxiesBy = dial === undefined ? 'pod-ip' : 'port-forward';
  const rights = (objects: MeshObjects, { sources }: Sourced = {}): readonly Right[] =>
    rightsOf(objects, { reachProxiesBy, ...(sources === undefined ? {} : { sources }) });
  const permitted = <T>(objects: MeshObjects, work: () => Promise<T>): Promise<T> =>
    namingMissingRights(kube, rights(objects), work);
  const survey: Surveyor['survey'] = (request, options = {}) =>
    permitted(request.objects, async () => {
      const startedMs = clock.nowMs();
      const { survey: taken, listed } = await takeSurvey(tools, request, options);
      last = { proxies: listed, tookMs: clock.nowMs() - startedMs };
      return taken;
    });
  return {
    survey,
    awaitNews: (request, about, options) =>
      permitted(request.objects, () => awaitNews({ ...tools, last }, request, about, options)),
    keepUp: (request, signal) => {
      const { pollMs } = request.timings;
      return keepUp(() => survey(request, { signal }), { clock, log, pollMs, signal });
    },
    inventory: (objects, sourced = {}) =>
      permitted(objects, () =>
        takeInventory(kube, objects, { ...sourced, rights: rights(objects, sourced) }),
      ),
    discover: (objects) => permitted(objects, () => discoverAnchors(kube, objects)),
    keepProofProbe: (request, untilMs, options = {}) =>
      keepProofProbe(tools, { request, untilMs }, options),
    removeProbes: (objects) => kit.removeObjects(objects),
  };
}
