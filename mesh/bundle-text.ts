import type { CertificateFacts } from '../domain/certificate.ts';
import { parseCertificate, splitPem } from './x509.ts';

/**
 * What is wrong with a bundle's text. Fatal ones make linkerd-identity or a control-plane proxy exit
 * at its next start, or make Go's parser (identity, the proxy's start-up helper) and the proxy itself
 * read different sets of anchors. Measured with the same `pem.Decode` loop as linkerd2 `pkg/tls/codec.go`.
 */
export const BundleHazard = {
  Empty: 'empty',
  TextAfterLast: 'text-after-last-certificate',
  ForeignBlock: 'block-that-is-no-certificate',
  BlocksNotSeparated: 'no-newline-between-certificates',
  Unparsable: 'unparsable-certificate',
  TextBetween: 'text-between-certificates',
  Duplicate: 'duplicate-certificate',
  Layout: 'layout-not-canonical',
} as const;
export type BundleHazard = (typeof BundleHazard)[keyof typeof BundleHazard];

const explanations: Record<BundleHazard, { readonly fatal: boolean; readonly text: string }> = {
  empty: { fatal: true, text: 'the bundle holds no certificate' },
  'text-after-last-certificate': {
    fatal: true,
    text: 'text follows the last certificate: identity and control-plane proxies exit on it',
  },
  'block-that-is-no-certificate': {
    fatal: true,
    text: 'a block that is no CERTIFICATE: Go drops every anchor after it, the proxy keeps them',
  },
  'no-newline-between-certificates': {
    fatal: true,
    text: 'two certificates stand on one line: identity and control-plane proxies exit on it',
  },
  'unparsable-certificate': {
    fatal: true,
    text: 'a CERTIFICATE block is no certificate: identity and control-plane proxies exit on it',
  },
  'text-between-certificates': {
    fatal: false,
    text: 'comments or blank lines, which are accepted',
  },
  'duplicate-certificate': { fatal: false, text: 'a certificate stands in it twice' },
  'layout-not-canonical': {
    fatal: false,
    text: 'line lengths or line ends differ from what trust-manager writes',
  },
};

export interface BundleText {
  /** Every certificate in the order of the text, each once. */
  readonly certificates: readonly CertificateFacts[];
  /** Lower-case hex, sorted: how sets of anchors are compared. */
  readonly fingerprints: readonly string[];
  readonly hazards: readonly BundleHazard[];
  /** A parser of Linkerd would exit or misread it. */
  readonly fatal: boolean;
  /** What `writeBundle` would write: CERTIFICATE blocks, one newline between, at most one after. */
  readonly canonical: boolean;
}

/** Reads and judges the text of a trust bundle. Never throws on bad text: the hazards say it. */
export async function parseBundle(pem: string): Promise<BundleText> {
  const hazards = new Set<BundleHazard>(textHazards(pem));
  const certificates = new Map<string, CertificateFacts>();
  for (const block of splitPem(pem)) {
    // A block that is no certificate is a finding about the text, reported as a hazard.
    const facts = await parseCertificate(block).catch(() => undefined);
    if (facts === undefined) hazards.add(BundleHazard.Unparsable);
    else if (certificates.has(facts.fingerprint)) hazards.add(BundleHazard.Duplicate);
    else certificates.set(facts.fingerprint, facts);
  }
  if (certificates.size === 0) hazards.add(BundleHazard.Empty);
  return {
    certificates: [...certificates.values()],
    fingerprints: [...certificates.keys()].toSorted(),
    hazards: [...hazards],
    fatal: [...hazards].some((hazard) => explanations[hazard].fatal),
    canonical: hazards.size === 0,
  };
}

/** One sentence for people. */
export function explainHazard(hazard: BundleHazard): string {
  return explanations[hazard].text;
}

/**
 * The canonical text, as trust-manager writes it: each certificate once, sorted by SHA-256 of the
 * DER, one newline between, nothing after (trust-manager `pkg/util/cert_pool.go`).
 */
export async function writeBundle(pems: readonly string[]): Promise<string> {
  const blocks = new Map<string, string>();
  for (const block of pems.flatMap((pem) => splitPem(pem))) {
    const { fingerprint } = await parseCertificate(block);
    blocks.set(fingerprint, canonicalBlock(block));
  }
  return [...blocks.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, block]) => block)
    .join('\n');
}

function textHazards(pem: string): BundleHazard[] {
  const hazards: BundleHazard[] = [];
  const foreign = /-----BEGIN (?!CERTIFICATE-----)/.test(pem);
  if (foreign) hazards.push(BundleHazard.ForeignBlock);
  if (/-----END [^-]+-----[ \t]*-----BEGIN/.test(pem)) {
    hazards.push(BundleHazard.BlocksNotSeparated);
  }
  const [between, after] = textOutside(pem);
  // `pem.Decode` eats one line end after a block; whatever is left there is "not a PEM certificate".
  if (after !== '' && !/^\r?\n$/.test(after)) hazards.push(BundleHazard.TextAfterLast);
  if (!foreign && between !== '') hazards.push(BundleHazard.TextBetween);
  if (splitPem(pem).some((block) => block !== canonicalBlock(block))) {
    hazards.push(BundleHazard.Layout);
  }
  return hazards;
}

/** What stands before and between the certificates (without single line ends), and after the last. */
function textOutside(pem: string): [between: string, after: string] {
  const blocks = splitPem(pem);
  let rest = pem;
  let between = '';
  for (const block of blocks) {
    const start = rest.indexOf(block);
    between += rest.slice(0, start).replace(/^\r?\n$/, '');
    rest = rest.slice(start + block.length);
  }
  return [between, blocks.length === 0 ? '' : rest];
}

/** 64 characters a line and LF, as Go's `pem.Encode`. */
function canonicalBlock(block: string): string {
  const base64 = block.replace(/-----[^-]+-----/g, '').replace(/\s+/g, '');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n');
}
