import fc from 'fast-check';
import { isInDate } from '../../domain/certificate.ts';
import type { Mode, Question } from './ask-go.ts';
import type { Case } from './comparison.ts';
import type { RealCertificate, WantedCertificate } from './real-certificates.ts';
import { makeReal, nowMs } from './real-certificates.ts';

type Change = Partial<Omit<WantedCertificate, 'signer'>>;

/** A chain to be made: plain data, so that a failure can be read and made again. */
export interface ChainPlan {
  readonly mode: Mode;
  /** What is unusual in each certificate, root first, leaf last. */
  readonly line: readonly Change[];
  /** The name and key of one of the line, signed by a root of its own. */
  readonly bridge: { readonly of: number; readonly change: Change } | undefined;
  /** Weights that decide order and presence: what weighs less stands first, below 0.1 is left out. */
  readonly presented: readonly number[];
  /** Which certificates the bundle holds besides the root. */
  readonly held: readonly boolean[];
  readonly holdsRoot: boolean;
}

const dayMs = 86_400_000;
const levels = ['0', '1', '2', '3', 'other'];

/** Mostly nothing unusual: a chain with many faults is refused by every judge. */
function seldom(...changes: readonly Change[]): fc.Arbitrary<Change> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom(...changes) },
  );
}

const anyChange: fc.Arbitrary<Change> = fc
  .tuple(
    seldom(...levels.map((level) => ({ subject: `CN=${level}` }))),
    seldom(...levels.map((key) => ({ key }))),
    seldom(...levels.map((signedWith) => ({ signedWith }))),
    seldom(...levels.map((level) => ({ issuerName: `CN=${level}` }))),
    seldom({ endsMs: -dayMs }, { beginsMs: dayMs }),
    seldom({ pathLength: 0 }, { pathLength: 1 }),
    seldom({ isCa: false }, { isCa: true }),
    seldom({ keyUsage: 'certSign' }, { keyUsage: 'digitalSignature' }, { keyUsage: 'none' }),
    seldom(
      { extendedUsages: ['serverAuth'] },
      { extendedUsages: ['clientAuth'] },
      { extendedUsages: ['clientAuth', 'serverAuth'] },
      { extendedUsages: ['any'] },
    ),
    seldom({ dnsNames: ['one.example'] }, { dnsNames: ['two.example'] }),
    seldom({ subjectKeyId: 'wrong' }, { subjectKeyId: 'none' }),
    seldom({ authorityKeyId: 'wrong' }, { authorityKeyId: 'none' }),
  )
  .map((changes) => changes.reduce<Change>((all, change) => ({ ...all, ...change }), {}));

/** Chains of two to four certificates below or beside a root, with now and then a bridge. */
export const someChain: fc.Arbitrary<ChainPlan> = fc.record({
  mode: fc.constantFrom('issuer', 'serverAuth', 'clientAuth'),
  line: fc.array(anyChange, { minLength: 2, maxLength: 4 }),
  bridge: fc.option(fc.record({ of: fc.nat({ max: 2 }), change: anyChange }), { nil: undefined }),
  presented: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
  held: fc.array(
    fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    { minLength: 6, maxLength: 6 },
  ),
  holdsRoot: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 1),
});

/** Makes the certificates of a plan, and the question about them. */
export async function makeChain(plan: ChainPlan): Promise<Question> {
  const line: RealCertificate[] = [];
  for (const [level, change] of plan.line.entries()) {
    const signer = line.at(-1);
    // The first of an issuer file is a CA, a leaf is none.
    const isCa = plan.mode === 'issuer' || level < plan.line.length - 1;
    line.push(
      await makeReal({
        ...{ subject: `CN=${level}`, key: String(level), isCa },
        ...(signer === undefined ? {} : { signer }),
        ...change,
      }),
    );
  }
  const [root, ...below] = line;
  const first = below.pop();
  if (root === undefined || first === undefined) throw new Error('A line has two ends.');
  const others = [...below, ...(await bridgeOf(plan, line)), root];
  const weight = (certificate: RealCertificate): number =>
    plan.presented[others.indexOf(certificate)] ?? 0;
  const present = others
    .filter((certificate) => weight(certificate) >= 0.1)
    .toSorted((one, other) => weight(one) - weight(other));
  const held = [...others, first].filter((certificate, at) =>
    certificate === root ? plan.holdsRoot : plan.held[at] === true,
  );
  return { mode: plan.mode, chain: [first, ...present], anchors: held, atMs: nowMs };
}

async function bridgeOf(
  { bridge }: ChainPlan,
  line: readonly RealCertificate[],
): Promise<readonly RealCertificate[]> {
  const twin = bridge === undefined ? undefined : line[bridge.of];
  if (bridge === undefined || twin === undefined) return [];
  const signer = await makeReal({ subject: 'CN=other', key: 'other', isCa: true });
  const { subject } = twin.certificate;
  return [await makeReal({ subject, key: twin.key, isCa: true, signer, ...bridge.change }), signer];
}

/** Whether one of the rules of `webpki-differences.ts` can explain that a proxy and Go differ. */
export function hasRuleInPlay({ chain, anchors }: Case): boolean {
  const [leaf, ...others] = chain;
  const plainAnchors = anchors.every(
    (anchor) =>
      anchor.isCa &&
      isInDate(anchor, nowMs) &&
      anchor.pathLength === undefined &&
      anchor.lacksCertSign === undefined &&
      anchor.extendedKeyUsages.length === 0,
  );
  const plainOthers = others.every(
    ({ lacksCertSign, extendedKeyUsages }) =>
      lacksCertSign === undefined && !extendedKeyUsages.includes('2.5.29.37.0'),
  );
  const plainLeaf =
    leaf !== undefined &&
    !leaf.isCa &&
    !leaf.extendedKeyUsages.includes('2.5.29.37.0') &&
    ![...others, ...anchors].some(
      ({ subject, publicKey }) => subject === leaf.subject && publicKey === leaf.publicKey,
    ) &&
    !anchors.some(({ fingerprint }) => fingerprint === leaf.fingerprint);
  return !(plainAnchors && plainOthers && plainLeaf);
}
