import { podName } from '../../domain/conditions.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import type { Clock } from './clock.ts';
import type { EvidenceStore } from './evidence.ts';
import { askProxy } from './handshake.ts';
import type { Dial } from './pod-endpoint.ts';
import { findContainer, podObject } from './pod-object.ts';
import type { ProxyContainer } from './proxies.ts';
import { processOf } from './proxies.ts';

/** What the last survey has left for whoever waits for something in it to change. */
export interface LastSurvey {
  readonly proxies: readonly ProxyContainer[];
  readonly tookMs: number;
}

export interface NewsTools {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly evidence: EvidenceStore;
  readonly dial: Dial | undefined;
  readonly last: LastSurvey | undefined;
}

export interface NewsOptions {
  readonly atMostMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One handshake, or one request to the API server, twice a second. */
const longestGlanceMs = 500;
/** Rest for each unit of time that a survey took: a wait of days costs less than a twentieth of a core. */
const restPerWork = 25;
/** Where only a survey can tell: a control plane settles within minutes, so it may cost more. */
const shortRestPerWork = 4;

/**
 * Waits until another survey is worth its price. `about` names what stood in the way of the last one.
 * Proxies are glanced at one after the other: as long as the first of them is as it was, nobody need
 * ask the others, nor list ten thousand pods. It concludes nothing: that is for the survey to come.
 */
export async function awaitNews(
  tools: NewsTools,
  request: SurveyRequest,
  about: readonly string[],
  { atMostMs, signal }: NewsOptions,
): Promise<void> {
  const { clock, last } = tools;
  const { pollMs } = request.timings;
  const { tookMs = 0 } = last ?? {};
  const startedMs = clock.nowMs();
  const lagging = about.map((name) => last?.proxies.find((proxy) => podName(proxy) === name));
  const proxies = lagging.filter((proxy) => proxy !== undefined);
  if (proxies.length === 0 || proxies.length < about.length) {
    await clock.sleep(Math.min(atMostMs, Math.max(pollMs, shortRestPerWork * tookMs)), signal);
    return;
  }
  const restMs = Math.max(2 * pollMs, restPerWork * tookMs);
  const deadlineMs = startedMs + Math.min(atMostMs, restMs);
  for (const proxy of proxies) {
    while (!(await hasChanged(proxy, tools, { request, signal }))) {
      const leftMs = deadlineMs - clock.nowMs();
      if (leftMs <= 0) return;
      await clock.sleep(Math.min(leftMs, pollMs, longestGlanceMs), signal);
    }
  }
  // What changes all the time must not make one survey follow the other.
  const shortestMs = Math.min(startedMs + Math.min(pollMs, tookMs), deadlineMs) - clock.nowMs();
  if (shortestMs > 0) await clock.sleep(shortestMs, signal);
}

/** Whether a proxy is not any more what the last survey saw. */
async function hasChanged(
  proxy: ProxyContainer,
  { kube, evidence, dial }: NewsTools,
  { request, signal }: { readonly request: SurveyRequest; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { namespace, pod, ip, process, identity, adminPort } = proxy;
  const seen = process === undefined ? undefined : evidence.of(process).presents?.leaf;
  if (seen === undefined || ip === undefined || identity === undefined) {
    return (await readProcess(kube, proxy)) !== process;
  }
  const answer = await askProxy(
    { endpoint: { namespace, pod, ip, port: adminPort }, serverName: identity },
    { timeoutMs: request.timings.probeTimeoutMs, signal, dial },
  );
  return answer.outcome !== 'answered' || answer.chain[0]?.fingerprint256 !== seen;
}

/** The process that runs now; one that did not answer tells nothing else of itself. */
async function readProcess(
  kube: Kube,
  { namespace, pod: name }: ProxyContainer,
): Promise<string | undefined> {
  const [pod] = await kube.list(resources.pods, podObject, { namespace, name });
  const found = pod === undefined ? undefined : findContainer(pod, 'linkerd-proxy');
  return pod === undefined ? 'gone' : processOf(pod, found?.running);
}
