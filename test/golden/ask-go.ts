import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { buildGoProgram } from '../support/go-tool.ts';
import type { RealCertificate } from './real-certificates.ts';

/**
 * `issuer` is how linkerd-identity verifies its issuer file; the others, how a Go program would verify
 * the leaf of a server or of a client.
 */
export type Mode = 'issuer' | 'serverAuth' | 'clientAuth';

export interface Question {
  readonly mode: Mode;
  /** The certificate in question, then what is presented with it. */
  readonly chain: readonly RealCertificate[];
  readonly anchors: readonly RealCertificate[];
  /** Unix milliseconds. */
  readonly atMs: number;
}

const answersSchema = z.array(z.object({ accepted: z.boolean(), error: z.string() }));
/** `error` is Go's reason, empty when it accepted. */
export type GoAnswer = z.infer<typeof answersSchema>[number];

const sources = path.join(import.meta.dirname, 'go-verifier');

/**
 * What Go's crypto/x509 answers, in the order of the questions; all of them in one run of the program.
 * @throws Error when a question cannot be asked: a refusal is never an error of the program.
 */
export async function askGo(go: string, questions: readonly Question[]): Promise<GoAnswer[]> {
  const program = await buildGoProgram(go, sources);
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
  const input = questions.map(({ mode, chain, anchors, atMs }) => ({
    mode,
    chain: pemOf(chain),
    anchors: pemOf(anchors),
    at: new Date(atMs).toISOString(),
  }));
  child.stdin.end(JSON.stringify(input));
  const [output, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (child.exitCode !== 0) {
    throw new Error(`${program} ended with ${child.exitCode ?? 'a signal'}: ${complaint}`);
  }
  const answers = answersSchema.parse(JSON.parse(output));
  if (answers.length !== questions.length) {
    throw new Error(`${program} gave ${answers.length} answers to ${questions.length} questions.`);
  }
  return answers;
}

function pemOf(certificates: readonly RealCertificate[]): string {
  return certificates.map(({ pem }) => `${pem}\n`).join('');
}
