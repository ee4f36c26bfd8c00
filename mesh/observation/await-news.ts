import { podName } from '../../domain/conditions.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import { mapBounded } from './bounded.ts';
import type { Clock } from './clock.ts';
import type { EvidenceStore } from './evidence.ts';
import { askProxy } from './handshake.ts';
import { maxParallelInterviews } from './limits.ts';
import type { Dial, Reach } from './pod-endpoint.ts';
import { podObject } from './pod-object.ts';
import type { ProxyContainer } from './proxies.ts';
import { proxyProcess } from './proxies.ts';

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
/** Rest for each unit of time that a survey took: with the glances, days cost less than a twentieth of a core. */
const restPerWork = 32;
/** Another hand's change shows in surveys only. */
const longestRestMs = 300_000;
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
  const restMs = Math.min(Math.max(2 * pollMs, restPerWork * tookMs), longestRestMs);
  const deadlineMs = startedMs + Math.min(atMostMs, restMs);
  const glance = { timeoutMs: request.timings.probeTimeoutMs, signal };
  const unchanged = async (some: readonly ProxyContainer[]): Promise<ProxyContainer[]> => {
    const changed = await mapBounded(some, maxParallelInterviews, (proxy) =>
      hasChanged(proxy, tools, glance),
    );
    return some.filter((_, index) => changed[index] === false);
  };
  for (let waiting = proxies; ;) {
    // The others are asked only when the first has moved.
    const [first, ...others] = waiting;
    if (first === undefined) break;
    if ((await unchanged([first])).length === 0) {
      waiting = await unchanged(others);
      continue;
    }
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) return;
    await clock.sleep(Math.min(leftMs, pollMs, longestGlanceMs), signal);
  }
  // What changes all the time must not make one survey follow the other.
  const shortestMs = Math.min(startedMs + Math.min(pollMs, tookMs), deadlineMs) - clock.nowMs();
  if (shortestMs > 0) await clock.sleep(shortestMs, signal);
}

/** Whether a proxy is not any more what the last survey saw. */
async function hasChanged(
  proxy: ProxyContainer,
  tools: NewsTools,
  glance: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { process } = proxy;
  const presents = process === undefined ? undefined : tools.evidence.of(process).presents;
  if (presents?.presented.leaf === 'valid' && presents.notAfterMs <= tools.clock.nowMs())
    return true;
  const leaf = await readLeaf(proxy, { ...glance, dial: tools.dial });
  if (leaf !== presents?.leaf) return true;
  return leaf === undefined && (await readProcess(tools.kube, proxy)) !== process;
}

/** Fingerprint of the leaf that it presents; nothing when it does not answer. */
async function readLeaf(
  { namespace, pod, ip, identity, adminPort }: ProxyContainer,
  reach: Reach,
): Promise<string | undefined> {
  if (ip === undefined || identity === undefined) return undefined;
  const endpoint = { namespace, pod, ip, port: adminPort };
  const answer = await askProxy({ endpoint, serverName: identity }, reach);
  return answer.outcome === 'answered' ? answer.chain.leaf.fingerprint : undefined;
}

/** The process that its pod runs now: one that does not answer tells nothing of itself. */
async function readProcess(
  kube: Kube,
  { namespace, pod: name }: ProxyContainer,
): Promise<string | undefined> {
  const [pod] = await kube.list(resources.pods, podObject, { namespace, name });
  return pod === undefined ? 'no pod' : proxyProcess(pod);
}
