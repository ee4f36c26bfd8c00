import type { ClientPair, PresentedChain, ProxyAnswer } from './handshake.ts';

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

/**
 * Asks a proxy what it presents, and with each probe whether it trusts it. Begins without a client
 * certificate; a refusal counts only if that is answered just before and after, for a process that
 * goes away cuts connections too.
 */
export async function interview<Name extends string>(
  ask: Ask,
  probes: ReadonlyMap<Name, ClientPair>,
): Promise<Interview<Name>> {
  const before = await ask();
  if (before.outcome === 'refused') return { outcome: 'unreachable', detail: before.detail };
  if (before.outcome !== 'answered') return before;

  const answers = new Map<Name, ProbeAnswer>();
  for (const [name, probe] of probes) answers.set(name, readAnswer(await ask(probe)));
  const refused = [...answers].filter(
    ([, { verdict }]) => verdict === 'refused' || verdict === 'unfit',
  );
  if (refused.length > 0) {
    const after = await ask();
    if (after.outcome !== 'answered') {
      const detail = 'refused a probe, then did not answer at all: it may be going away';
      for (const [name] of refused) answers.set(name, { verdict: 'unclear', detail });
    }
  }
  return { outcome: 'answered', chain: before.chain, answers };
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
