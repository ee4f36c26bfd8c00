import type { ClientPair, ProxyAnswer } from './handshake.ts';
import type { PresentedChain } from './presented-chain.ts';

/** One handshake with the proxy that is interviewed, with this client certificate or without. */
export type Ask = (probe?: ClientPair) => Promise<ProxyAnswer>;

/** What a probe was answered with. `unfit`: refused, but not for lack of an anchor. */
export type ProbeVerdict = 'accepted' | 'refused' | 'unfit' | 'unclear';

export interface ProbeAnswer {
  readonly verdict: ProbeVerdict;
  /** Why it is unclear or unfit. */
  readonly detail?: string;
}

export type Interview<Name extends string> =
  | {
      readonly outcome: 'answered';
      readonly chain: PresentedChain;
      readonly answers: ReadonlyMap<Name, ProbeAnswer>;
    }
  | { readonly outcome: 'no-leaf' | 'unreachable'; readonly detail: string };

/** A probe to present. */
export interface Question<Name extends string> {
  readonly name: Name;
  readonly probe: ClientPair;
  /** Whether it is likely to be accepted. */
  readonly isHopeful: boolean;
}

/**
 * Asks a proxy what it presents, and with each probe whether it trusts it. A probe that is accepted
 * shows both in one handshake. A refusal counts only between two handshakes that are answered, for a
 * process that goes away cuts connections too: where no acceptance comes before or after it, a handshake
 * without a client certificate is made.
 */
export async function interview<Name extends string>(
  ask: Ask,
  questions: readonly Question<Name>[],
): Promise<Interview<Name>> {
  const answers = new Map<Name, ProbeAnswer>();
  let chain: PresentedChain | undefined;
  let sinceAnswered: Name[] = [];
  for (const question of inOrder(questions)) {
    const found = await (chain === undefined
      ? askFirst(ask, question)
      : askNext(ask, question.probe, chain));
    if ('outcome' in found) return found;
    ({ chain } = found);
    answers.set(question.name, readAnswer(found.answer));
    sinceAnswered = found.answer.outcome === 'answered' ? [] : [...sinceAnswered, question.name];
  }
  if (chain === undefined) {
    const only = await introduce(ask);
    return only.outcome === 'answered' ? { ...only, answers } : only;
  }
  await doubtRefusals(ask, answers, sinceAnswered);
  return { outcome: 'answered', chain, answers };
}

/** Acceptances to be hoped for on both sides of the likely refusals, as far as there are any. */
function inOrder<Name extends string>(
  questions: readonly Question<Name>[],
): readonly Question<Name>[] {
  const hopeful = questions.filter(({ isHopeful }) => isHopeful);
  const others = questions.filter(({ isHopeful }) => !isHopeful);
  return [...hopeful.slice(0, 1), ...others, ...hopeful.slice(1)];
}

/** An answer to a probe of a proxy that has shown its leaf. */
interface Found {
  readonly chain: PresentedChain;
  readonly answer: ProxyAnswer;
}

type Nobody = Extract<ProxyAnswer, { outcome: 'no-leaf' | 'unreachable' }>;

/** A refusal needs a handshake before it: it is made at once where no acceptance is to be hoped for. */
async function askFirst<Name extends string>(
  ask: Ask,
  { probe, isHopeful }: Question<Name>,
): Promise<Found | Nobody> {
  if (isHopeful) {
    const answer = await ask(probe);
    if (answer.outcome === 'answered') return { chain: answer.chain, answer };
    if (answer.outcome !== 'refused') return answer;
  }
  const before = await introduce(ask);
  return before.outcome === 'answered' ? askNext(ask, probe, before.chain) : before;
}

async function askNext(ask: Ask, probe: ClientPair, chain: PresentedChain): Promise<Found> {
  return { chain, answer: await ask(probe) };
}

/** A handshake without a client certificate, which every proxy with a leaf answers. */
async function introduce(ask: Ask): Promise<Exclude<ProxyAnswer, { outcome: 'refused' }>> {
  const answer = await ask();
  return answer.outcome === 'refused' ? { outcome: 'unreachable', detail: answer.detail } : answer;
}

/** The handshake after, for refusals that none has followed: without it they are not believed. */
async function doubtRefusals<Name>(
  ask: Ask,
  answers: Map<Name, ProbeAnswer>,
  lastOnes: readonly Name[],
): Promise<void> {
  const refused = lastOnes.filter((name) => {
    const verdict = answers.get(name)?.verdict;
    return verdict === 'refused' || verdict === 'unfit';
  });
  if (refused.length === 0) return;
  const after = await ask();
  if (after.outcome === 'answered') return;
  const detail = 'refused a probe, then did not answer at all: it may be going away';
  for (const name of refused) answers.set(name, { verdict: 'unclear', detail });
}

function readAnswer(answer: ProxyAnswer): ProbeAnswer {
  switch (answer.outcome) {
    case 'answered':
      return answer.askedForCertificate
        ? { verdict: 'accepted' }
        : { verdict: 'unclear', detail: 'did not ask for a client certificate' };
    case 'refused':
      return readRefusal(answer);
    case 'no-leaf':
    case 'unreachable':
      return { verdict: 'unclear', detail: answer.detail };
  }
}

function readRefusal({ alert, detail }: Extract<ProxyAnswer, { outcome: 'refused' }>): ProbeAnswer {
  switch (alert?.meaning) {
    case undefined:
    case 'untrusted':
      return { verdict: 'refused' };
    case 'unfit':
      return { verdict: 'unfit', detail };
    case 'out-of-date':
      return {
        verdict: 'unclear',
        detail: `${detail} for a probe in date: compare the clock of its node with the API server's`,
      };
    case 'other':
      return { verdict: 'unclear', detail };
  }
}
