/** What a check of `linkerd check` and its extensions can come to. */
export type CheckVerdict = 'success' | 'warning' | 'error';

/** Every check, in the order in which people read them; `docs/checks.md` has a heading for each. */
export const checkIds = [
  'cert-manager-installed',
  'cert-manager-answers',
  'cert-manager-renews',
  'trust-manager-installed',
  'bundle-synced',
  'anchor-certificate-ready',
  'issuer-certificate-ready',
  'rotation-policy-always',
  'ca-flags',
  'key-algorithms',
  'subjects-distinct',
  'durations-fit',
  'anchor-renewal-race',
  'anchor-expiry',
  'signer-ready',
  'previous-anchor',
  'no-applied-keys',
  'webhook-certificates',
  'mesh-observed',
  'linkerd-external-ca',
  'bundle-readable',
  'bundle-everywhere',
  'issuer-under-bundle',
  'identity-uses-issuer',
  'injectors-hand-out-bundle',
  'proxies-accept-issuer',
  'proxies-hold-bundle',
  'leaves-valid',
  'next-renewal-safe',
  'operator-resource',
  'operator-reconciles',
  'operator-ready',
  'operator-conditions',
  'operator-spec-accepted',
  'operator-reaches-temporal',
  'temporal-reachable',
  'search-attributes',
  'worker-polls',
  'rights',
] as const;
export type CheckId = (typeof checkIds)[number];

export interface Check {
  readonly id: CheckId;
  readonly description: string;
  readonly verdict: CheckVerdict;
  /** What is wrong and what to do; present unless it is a success. */
  readonly problem?: string;
  /** It is on its way: to look again a moment later may find it done. */
  readonly mayPass?: true;
}

export interface CheckCategory {
  readonly name: string;
  readonly checks: readonly Check[];
}

/** What is wrong with one thing, and how bad that is. */
export interface Problem {
  readonly verdict: Exclude<CheckVerdict, 'success'>;
  /** One or two sentences: what was found, then what to do about it. */
  readonly text: string;
  readonly mayPass?: true;
}

/** Something that was looked for: what is known of it, or why nothing is. */
export type Found<T> =
  { readonly found: true; readonly value: T } | { readonly found: false; readonly why: string };

export function check(id: CheckId, description: string, problem?: Problem): Check {
  if (problem === undefined) return { id, description, verdict: 'success' };
  const { verdict, text, mayPass } = problem;
  return { id, description, verdict, problem: text, ...(mayPass ? { mayPass } : {}) };
}

/** A check that has nothing to look at, with the reason in its description. */
export function skipped(id: CheckId, description: string, because: string): Check {
  return check(id, `${description} (skipped: ${because})`);
}

/** Judges what was found. What could not be looked at is not known to be well. */
export function checkFound<T>(
  about: { readonly id: CheckId; readonly description: string },
  found: Found<T>,
  judge: (value: T) => Problem | undefined,
): Check {
  const problem = found.found ? judge(found.value) : error(`could not be looked at: ${found.why}`);
  return check(about.id, about.description, problem);
}

export function error(text: string): Problem {
  return { verdict: 'error', text };
}

export function warning(text: string): Problem {
  return { verdict: 'warning', text };
}

/** The first that there is: checks of one thing begin with what matters most. */
export function firstOf(...problems: readonly (Problem | undefined)[]): Problem | undefined {
  return problems.find((problem) => problem !== undefined);
}

/** The verdict over all: the worst of any. */
export function worstOf(categories: readonly CheckCategory[]): CheckVerdict {
  const verdicts = categories.flatMap(({ checks }) => checks.map(({ verdict }) => verdict));
  if (verdicts.includes('error')) return 'error';
  return verdicts.includes('warning') ? 'warning' : 'success';
}
