/** What the exit code of `linkerd-trust` says; scripts rely on it, so a number never changes its meaning. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  blocked: 3,
  refused: 4,
  cluster: 5,
  temporal: 6,
  notRotated: 7,
  checkFailed: 8,
  checkWarned: 9,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const meanings: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: 'done as asked',
  unexpected: 'unexpected error',
  usage: 'the command line is wrong or incomplete',
  blocked: 'the plan has blockers, nothing was started',
  refused: 'refused in the present state, nothing was changed',
  cluster: 'the cluster cannot be reached, or a right or an object that is needed is missing',
  temporal: 'Temporal cannot be reached or used, or no worker answers',
  notRotated:
    'it has ended without its goal: a rotation (held, aborted, not started, failed), or a renewal',
  checkFailed: 'a check found something that breaks the mesh or a rotation, now or at a known time',
  checkWarned: 'no check failed, but there are warnings',
  interrupted: 'interrupted; a rotation that runs goes on',
};

/** The table as the help shows it. */
export function exitCodeHelp(): string {
  // Sound: `meanings` has exactly the keys of `ExitCode`.
  const names = Object.keys(ExitCode) as (keyof typeof ExitCode)[];
  const rows = names.map((name) => `  ${String(ExitCode[name]).padStart(3)}  ${meanings[name]}`);
  return ['Exit codes:', ...rows].join('\n');
}
