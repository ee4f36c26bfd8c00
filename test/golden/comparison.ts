import { X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { SignedBy } from '../../domain/chain.ts';
import { goAccepts, webpkiAccepts } from '../../domain/chain.ts';
import { isSignedBy } from '../../mesh/observation/issuer-judge.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import type { GoAnswer, Question } from './ask-go.ts';
import type { RealCertificate } from './real-certificates.ts';

/** What domain's judges work on, read from the signed bytes as the product reads them. */
export interface Case {
  readonly question: Question;
  readonly chain: readonly CertificateFacts[];
  readonly anchors: readonly CertificateFacts[];
  readonly signedBy: SignedBy;
}

/** A judge's answer; `undefined` where it is not asked this kind of question. */
export type Judge = (asked: Case) => boolean | undefined;

const read = new Map<string, Promise<CertificateFacts>>();
const encoded = new Map<string, X509Certificate>();
const signatures = new Map<string, boolean>();

export async function caseOf(question: Question): Promise<Case> {
  const [chain, anchors] = await Promise.all([
    Promise.all(question.chain.map(factsOf)),
    Promise.all(question.anchors.map(factsOf)),
  ]);
  return { question, chain, anchors, signedBy };
}

/** Each certificate stands in many cases: it is read once, and each signature is verified once. */
function factsOf({ pem }: RealCertificate): Promise<CertificateFacts> {
  const facts = read.get(pem) ?? parse(pem);
  read.set(pem, facts);
  return facts;
}

async function parse(pem: string): Promise<CertificateFacts> {
  const facts = await parseCertificate(pem);
  encoded.set(facts.fingerprint, new X509Certificate(pem));
  return facts;
}

function signedBy(child: CertificateFacts, signer: CertificateFacts): boolean {
  const pair = `${child.fingerprint}<${signer.fingerprint}`;
  const verdict =
    signatures.get(pair) ??
    isSignedBy(encoded.get(child.fingerprint), encoded.get(signer.fingerprint));
  signatures.set(pair, verdict);
  return verdict;
}

/**
 * linkerd-identity asks Go for server authentication, so its judge answers for a server's leaf as well;
 * clients' leaves are no question for it.
 */
export function identityJudge({ question, chain, anchors, signedBy }: Case): boolean | undefined {
  if (question.mode === 'clientAuth') return undefined;
  return goAccepts(chain, anchors, { atMs: question.atMs, signedBy }).accepted;
}

/** Proxies judge leaves only. */
export function proxyJudge({ question, chain, anchors, signedBy }: Case): boolean | undefined {
  const { mode: usage, atMs } = question;
  if (usage === 'issuer') return undefined;
  return webpkiAccepts(chain, anchors, { atMs, usage, signedBy }).accepted;
}

export interface Compared {
  readonly name: string;
  readonly asked: Case;
  readonly go: GoAnswer;
}

/** Names of the cases where a judge and Go answer differently. */
export function disagreements(judge: Judge, compared: readonly Compared[]): string[] {
  return compared
    .filter(({ asked, go }) => {
      const answer = judge(asked);
      return answer !== undefined && answer !== go.accepted;
    })
    .map(({ name }) => name);
}
