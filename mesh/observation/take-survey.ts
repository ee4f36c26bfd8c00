import { podName } from '../../domain/conditions.ts';
import { rememberBundle } from '../../domain/history.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { Outsider, ProxyObservation, Survey, TrustObjects } from '../../domain/survey.ts';
import { workloadName } from '../../domain/survey.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { mapBounded } from './bounded.ts';
import { createChainJudge } from './chain-judge.ts';
import type { Clock } from './clock.ts';
import type { EvidenceStore } from './evidence.ts';
import { observeIdentity } from './identity.ts';
import { observeInjector } from './injector.ts';
import { maxParallelInterviews, maxParallelReplicas } from './limits.ts';
import type { ProxyInquiry } from './observe-proxy.ts';
import { isOldAnchorUnaskable, observeProxy } from './observe-proxy.ts';
import { gatewaysAmong, listOutsiders } from './outsiders.ts';
import type { Dial, Reach } from './pod-endpoint.ts';
import type { ProbeName } from './probe.ts';
import type { ProbeSupply } from './probe-kit.ts';
import type { ProbeMakers, SupplyOptions } from './probe-supply.ts';
import { supplyProbes } from './probe-supply.ts';
import type { ProxyContainer } from './proxies.ts';
import { listProxies } from './proxies.ts';
import { identityKind, injectorKind, listReplicas } from './replicas.ts';
import { readTrustObjects } from './trust-objects.ts';

export interface SurveyOptions extends SupplyOptions {
  /**
   * Forget all evidence first: every live proxy is asked everything again. What bytes say for themselves
   * (whose signature a leaf bears, what is sent behind it) stays known.
   */
  readonly fresh?: boolean;
}

/** What all surveys of one worker share. */
export interface SurveyTools extends ProbeMakers {
  readonly clock: Clock;
  readonly evidence: EvidenceStore;
  /** How pods are reached from outside the cluster; absent: at their IP. */
  readonly dial: Dial | undefined;
}

/** See `Surveyor.survey`; with the proxies that there are, excepted ones too. */
export async function takeSurvey(
  tools: SurveyTools,
  given: SurveyRequest,
  options: SurveyOptions,
): Promise<{ readonly survey: Survey; readonly listed: readonly ProxyContainer[] }> {
  const { kube, clock, evidence } = tools;
  if (options.fresh === true) evidence.keepOnly(new Set());
  const nowMs = await serverClock(kube, clock);
  const { objects, probes } = await prepare(tools, given, { ...options, nowMs });
  const takenAt = new Date(nowMs()).toISOString();
  const { fingerprints, since } = objects.bundle;
  const bundleHistory = rememberBundle(given.bundleHistory, { fingerprints, since });
  const request = { ...given, bundleHistory };
  const { signal, onProgress } = options;
  const reach = { timeoutMs: request.timings.probeTimeoutMs, signal, dial: tools.dial };

  // Injectors before the list of pods: what is created behind the list's back was given its anchors
  // by an injector that had been asked already.
  onProgress?.('asking the control plane');
  const [declared, controlPlane] = await Promise.all([
    listOutsiders(kube),
    askControlPlane(kube, { request, objects, reach, clock }),
  ]);
  const listed = await listProxies(kube, request.objects, onPage(options));
  const inquiry: ProxyInquiry = {
    request,
    evidence,
    judge: await createChainJudge(request.anchors),
    probes,
    ...(objects.bridge === undefined ? {} : { bridge: objects.bridge.fingerprint }),
    signers: {
      inSecret: objects.issuer.certificate.fingerprint,
      inUse: controlPlane.identity.map(({ signs }) => signs),
    },
    reach,
    nowMs,
  };
  const proxies = await askProxies(listed, inquiry, options);
  evidence.keepOnly(new Set(listed.flatMap(({ process }) => process ?? [])));
  const isCounted = (outsider: Outsider): boolean =>
    !request.excepted.includes(workloadName(outsider));
  const survey: Survey = {
    takenAt,
    objects,
    proxies,
    ...controlPlane,
    outsiders: [...declared, ...gatewaysAmong(listed)].filter(isCounted),
    ...(isOldAnchorUnaskable(probes) ? { isOldAnchorUnaskable: true } : {}),
  };
  return { survey, listed };
}

/** Tells how far the list is; here ends a survey that is not wanted any more. */
function onPage({ signal, onProgress }: SurveyOptions): (listed: number) => void {
  return (listed) => {
    signal?.throwIfAborted();
    onProgress?.(`listed ${String(listed)} pods`);
  };
}

/** Objects read longer ago than this are read again before the mesh is asked. */
const staleAfterMs = 2_000;

const noProbes: ReadonlyMap<ProbeName, ProbeSupply> = new Map();

/** The objects, and the probes that they can sign. */
async function prepare(
  tools: SurveyTools,
  request: SurveyRequest,
  options: SurveyOptions & { readonly nowMs: () => number },
): Promise<{
  readonly objects: TrustObjects;
  readonly probes: ReadonlyMap<ProbeName, ProbeSupply>;
}> {
  const { kube, clock } = tools;
  const { anchors, probe } = request;
  const read = (): Promise<TrustObjects> =>
    readTrustObjects(kube, request.objects, { anchors, atMs: options.nowMs() });
  const objects = await read();
  if (!probe) return { objects, probes: noProbes };
  const startedMs = clock.nowMs();
  const probes = await supplyProbes(tools, { request, objects }, options);
  // Fresh probes age for a minute; what was read before then says nothing about now.
  const waited = clock.nowMs() - startedMs > staleAfterMs;
  return { objects: waited ? await read() : objects, probes };
}

async function askControlPlane(
  kube: Kube,
  question: {
    readonly request: SurveyRequest;
    readonly objects: TrustObjects;
    readonly reach: Reach;
    readonly clock: Clock;
  },
): Promise<Pick<Survey, 'injectors' | 'identity'>> {
  const { request, objects, reach, clock } = question;
  const { linkerdNamespace } = request.objects;
  const [injectors, identities] = await Promise.all([
    listReplicas(kube, linkerdNamespace, injectorKind),
    listReplicas(kube, linkerdNamespace, identityKind),
  ]);
  const { issuer } = objects;
  const [askedInjectors, askedIdentities] = await Promise.all([
    mapBounded(injectors, maxParallelReplicas, (replica) =>
      observeInjector(replica, { request, reach }),
    ),
    mapBounded(identities, maxParallelReplicas, (replica) =>
      observeIdentity(replica, { request, issuer, clock, reach }),
    ),
  ]);
  return { injectors: askedInjectors, identity: askedIdentities };
}

/** Progress is told once for so many proxies. */
const progressStep = 200;

async function askProxies(
  listed: readonly ProxyContainer[],
  inquiry: ProxyInquiry,
  { onProgress }: SurveyOptions,
): Promise<ProxyObservation[]> {
  const { excepted } = inquiry.request;
  const counted = listed.filter(
    (proxy) =>
      !excepted.includes(podName(proxy)) && !excepted.includes(workloadName(proxy.workload)),
  );
  let done = 0;
  return mapBounded(counted, maxParallelInterviews, async (proxy) => {
    const observation = await observeProxy(proxy, inquiry);
    done += 1;
    if (done % progressStep === 0 || done === counted.length) {
      onProgress?.(`observed ${String(done)} of ${String(counted.length)} proxies`);
    }
    return observation;
  });
}

/** The header that the server's time is read from has whole seconds: less than one is no difference. */
const clockResolutionMs = 1_000;

/** The API server's clock: what certificates are dated by, and what nodes are compared with. */
async function serverClock(kube: Kube, clock: Clock): Promise<() => number> {
  const { offsetMs } = await kube.serverTime();
  const usedMs = Math.abs(offsetMs) <= clockResolutionMs ? 0 : offsetMs;
  return () => clock.nowMs() + usedMs;
}
