import type { SurveyRequest } from '../../domain/observation.ts';
import type { ProxyObservation } from '../../domain/survey.ts';
import type { Held, Knowledge, Presented } from '../../domain/trust.ts';
import { noLeaf, unknownHeld, unknownPresented } from '../../domain/trust.ts';
import type { ChainJudge } from './chain-judge.ts';
import { messageOf } from './errors.ts';
import type { EvidenceStore, ProcessEvidence, Signers } from './evidence.ts';
import { answered, isSettled, recordAnswer, stillPresents } from './evidence.ts';
import { askProxy } from './handshake.ts';
import { heldOf, heldSinceStart } from './identity.ts';
import type { ProbeAnswer, Question } from './interview.ts';
import { interview } from './interview.ts';
import type { Reach } from './pod-endpoint.ts';
import type { ProbeName } from './probe.ts';
import type { ProbeSupply } from './probe-kit.ts';
import type { ProxyContainer } from './proxies.ts';

/** What one survey knows before it asks the first proxy. */
export interface ProxyInquiry {
  readonly request: SurveyRequest;
  readonly evidence: EvidenceStore;
  readonly judge: ChainJudge;
  /** Empty for a survey without probes. */
  readonly probes: ReadonlyMap<ProbeName, ProbeSupply>;
  /** Fingerprint of the bridge, if there is one. */
  readonly bridge?: string;
  /** Who signs leaves now. */
  readonly signers: Signers;
  readonly reach: Reach;
  /** The API server's clock, Unix milliseconds. */
  readonly nowMs: () => number;
}

/** Everything that a survey says about one proxy; asks it only what is not known about it yet. */
export async function observeProxy(
  proxy: ProxyContainer,
  inquiry: ProxyInquiry,
): Promise<ProxyObservation> {
  const base = baseOf(proxy);
  const { process, ip, identity } = proxy;
  if (process === undefined) return { ...base, ...unstarted(proxy, inquiry) };
  if (ip === undefined) return { ...base, ...unknown(proxy, inquiry, 'its pod has no address') };
  if (identity === undefined) {
    return { ...base, ...unknown(proxy, inquiry, 'its environment does not tell its identity') };
  }
  const evidence = inquiry.evidence.of(process);
  const missing = await ask({ ...proxy, ip, identity }, evidence, inquiry);
  if (missing?.noLeaf === true) return { ...base, ...withoutLeaf(proxy, inquiry, missing.note) };
  return { ...base, ...knownOf(proxy, evidence, inquiry, missing?.note) };
}

type Observed = Pick<ProxyObservation, 'holds' | 'acceptsBridge' | 'presents' | 'note'> & {
  readonly lifecycle?: ProxyObservation['lifecycle'];
};

function baseOf(proxy: ProxyContainer): Omit<ProxyObservation, keyof Observed> & {
  readonly lifecycle: ProxyObservation['lifecycle'];
} {
  const { namespace, pod, workload, role, lifecycle, restartMarker, startedAt } = proxy;
  const marker = restartMarker === undefined ? {} : { restartMarker };
  const started = startedAt === undefined ? {} : { startedAt };
  return { namespace, pod, workload, role, lifecycle, ...marker, ...started };
}

/** No process runs: the environment is what it will start with, and it presents nothing. */
function unstarted(proxy: ProxyContainer, { request }: ProxyInquiry): Observed {
  const { environment } = proxy;
  return {
    holds: environment === undefined ? unknownHeld : heldOf(environment, request.anchors),
    acceptsBridge: 'unknown',
    presents: noLeaf,
    note: 'its proxy does not run',
  };
}

/**
 * A proxy without a leaf cannot be asked, but a literal environment cannot have changed since it
 * started: like one that has not started yet, it is judged by that. One whose anchors came from the
 * ConfigMap (`valueFrom`) read it at some time or other, and stays unknown.
 */
function withoutLeaf(proxy: ProxyContainer, inquiry: ProxyInquiry, note: string): Observed {
  const judged = { ...unstarted(proxy, inquiry), note };
  const pending = proxy.environment !== undefined && proxy.lifecycle === 'running';
  return pending ? { ...judged, lifecycle: 'pending' } : judged;
}

function unknown(proxy: ProxyContainer, inquiry: ProxyInquiry, note: string): Observed {
  const holds = inquiry.request.probe ? unknownHeld : hintedHolds(proxy, inquiry);
  return { holds, acceptsBridge: 'unknown', presents: unknownPresented, note };
}

/** Without probes the environment is the only hint on what is held. Good for a plan, never for a gate. */
function hintedHolds({ environment }: ProxyContainer, { request }: ProxyInquiry): Held {
  return environment === undefined ? unknownHeld : heldOf(environment, request.anchors);
}

interface Missing {
  readonly noLeaf: boolean;
  readonly note: string;
}

/** Brings the evidence up to date; answers with what stayed open, if anything did. */
async function ask(
  proxy: ProxyContainer & { readonly ip: string; readonly identity: string },
  evidence: ProcessEvidence,
  inquiry: ProxyInquiry,
): Promise<Missing | undefined> {
  const { judge, signers, reach, nowMs } = inquiry;
  const { judgedUnder } = judge;
  const wanted = openQuestions(proxy, evidence, inquiry);
  const fresh = stillPresents(evidence.presents, { atMs: nowMs(), judgedUnder, signers });
  const gap = supplyGap(evidence, inquiry);
  if (fresh && wanted.length === 0) return gap;

  const { namespace, pod, ip, adminPort, identity } = proxy;
  const endpoint = { namespace, pod, ip, port: adminPort };
  const talk = await interview(
    (probe) =>
      askProxy(
        { endpoint, serverName: identity, ...(probe === undefined ? {} : { probe }) },
        reach,
      ),
    wanted,
  );
  if (talk.outcome !== 'answered') {
    // Old proof of what it presents is no answer to whether it still does.
    delete evidence.presents;
    return { noLeaf: talk.outcome === 'no-leaf', note: talk.detail };
  }
  try {
    const leaf = talk.chain.leaf.fingerprint;
    evidence.presents = { ...(await judge.judge(talk.chain, nowMs())), signers, leaf };
  } catch (error) {
    delete evidence.presents;
    return { noLeaf: false, note: `what it presents cannot be read (${messageOf(error)})` };
  }
  const open = [...talk.answers].flatMap(([name, answer]) =>
    record(name, answer, { evidence, inquiry }),
  );
  return open.length === 0 ? gap : { noLeaf: false, note: open.join('; ') };
}

/**
 * The probes that it has not answered for good, and whether its environment says that it will accept
 * them: a refusal needs a witness, and an acceptance is one. Of an anchor that the process was started
 * without one refusal is enough, and of B, whose absence proves nothing to anybody, none is needed.
 */
function openQuestions(
  proxy: ProxyContainer,
  evidence: ProcessEvidence,
  inquiry: ProxyInquiry,
): readonly Question<ProbeName>[] {
  const open: Question<ProbeName>[] = [];
  for (const [name, supply] of inquiry.probes) {
    const { answers, about } = topicOf(name, evidence, inquiry);
    if (about === undefined || !('probe' in supply)) continue;
    const isHopeful = name === 'x' || !isStartedWithout(proxy, about);
    if (isSettled(answers, about, { isExpected: !isHopeful })) continue;
    if (name === 'b' && !isHopeful) continue;
    open.push({ name, probe: supply.probe, isHopeful });
  }
  return open;
}

/** A literal environment cannot have changed since the process started. */
function isStartedWithout({ environment }: ProxyContainer, anchor: string): boolean {
  return environment !== undefined && !environment.includes(anchor);
}

/** What could not be asked for want of a probe. */
function supplyGap(evidence: ProcessEvidence, inquiry: ProxyInquiry): Missing | undefined {
  for (const [name, supply] of inquiry.probes) {
    if ('probe' in supply) continue;
    const { answers, about } = topicOf(name, evidence, inquiry);
    if (answered(answers, about) !== 'unknown') continue;
    return { noLeaf: false, note: `was not asked with the ${name}-probe: ${supply.unavailable}` };
  }
  return undefined;
}

/** Where the answers to a probe are kept, and under which name. */
function topicOf(
  name: ProbeName,
  evidence: ProcessEvidence,
  { request, bridge }: ProxyInquiry,
): { readonly answers: ProcessEvidence['holds']; readonly about: string | undefined } {
  const { a, b } = request.anchors;
  switch (name) {
    case 'a':
      return { answers: evidence.holds, about: a.certificate.fingerprint };
    case 'b':
      return { answers: evidence.holds, about: b?.certificate.fingerprint };
    case 'x':
      return { answers: evidence.acceptsBridge, about: bridge };
  }
}

/** Keeps an answer; answers with what it leaves open. */
function record(
  name: ProbeName,
  { verdict, detail }: ProbeAnswer,
  about: { readonly evidence: ProcessEvidence; readonly inquiry: ProxyInquiry },
): readonly string[] {
  const topic = topicOf(name, about.evidence, about.inquiry);
  if (topic.about === undefined) return [];
  const said = detail === undefined ? 'no reason told' : detail;
  switch (verdict) {
    case 'accepted':
      recordAnswer(topic.answers, topic.about, 'yes');
      return [];
    case 'refused':
      recordAnswer(topic.answers, topic.about, 'no');
      return [];
    case 'unfit':
      // For the bridge any refusal is one. An anchor may be held although the path to it displeases.
      if (name === 'x') recordAnswer(topic.answers, topic.about, 'no');
      return [`refused the ${name}-probe for another reason than its anchor (${said})`];
    case 'unclear':
      return [`gave no clear answer to the ${name}-probe (${said})`];
  }
}

function knownOf(
  proxy: ProxyContainer,
  evidence: ProcessEvidence,
  inquiry: ProxyInquiry,
  note: string | undefined,
): Observed {
  const acceptsBridge = answered(evidence.acceptsBridge, inquiry.bridge);
  const answers = inquiry.request.probe
    ? answeredHolds(proxy, { evidence, acceptsBridge, inquiry })
    : hintedHolds(proxy, inquiry);
  const holds = isOldAnchorUnaskable(inquiry.probes)
    ? sinceStart(proxy, answers, inquiry)
    : answers;
  const presents: Presented = evidence.presents?.presented ?? unknownPresented;
  return { holds, acceptsBridge, presents, ...(note === undefined ? {} : { note }) };
}

/** Whether nothing can sign a probe under A any more, and none is kept. */
export function isOldAnchorUnaskable(probes: ProxyInquiry['probes']): boolean {
  const supply = probes.get('a');
  return supply !== undefined && 'isForGood' in supply && supply.isForGood;
}

/**
 * Without an A-probe nobody can be asked for A. What a process was started with cannot have changed
 * since: a literal in its environment, or what the ConfigMap held then.
 */
function sinceStart(
  { environment, startedAt }: ProxyContainer,
  answers: Held,
  { request }: ProxyInquiry,
): Held {
  if (answers.a !== 'unknown') return answers;
  if (environment !== undefined) return { ...answers, a: heldOf(environment, request.anchors).a };
  if (startedAt === undefined) return answers;
  return { ...answers, a: heldSinceStart(startedAt, request).holds.a };
}

function answeredHolds(
  proxy: ProxyContainer,
  known: {
    readonly evidence: ProcessEvidence;
    readonly acceptsBridge: Knowledge;
    readonly inquiry: ProxyInquiry;
  },
): Held {
  const { evidence, acceptsBridge, inquiry } = known;
  const { a, b } = inquiry.request.anchors;
  const holdsA = answered(evidence.holds, a.certificate.fingerprint);
  const holdsB = answeredHoldsB(proxy, evidence, b?.certificate.fingerprint);
  // A bridge verifies under A or B only: who accepts it and does not hold B holds A.
  const implied = holdsA === 'unknown' && acceptsBridge === 'yes' && holdsB === 'no';
  return { a: implied ? 'yes' : holdsA, b: holdsB };
}

/** What does not exist yet is held by nobody; nor what a process that was not asked was started without. */
function answeredHoldsB(
  proxy: ProxyContainer,
  { holds }: ProcessEvidence,
  b: string | undefined,
): Knowledge {
  if (b === undefined) return 'no';
  const answer = answered(holds, b);
  return answer === 'unknown' && isStartedWithout(proxy, b) ? 'no' : answer;
}
