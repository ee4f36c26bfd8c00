import type { Check, CheckCategory, CheckVerdict } from '../domain/checks/check.ts';
import { worstOf } from '../domain/checks/check.ts';
import type { HintOf } from './check-hints.ts';
import { wrap } from './format.ts';

/** The marks of `linkerd check`. */
const marks: Readonly<Record<CheckVerdict, string>> = { success: '√', warning: '‼', error: '×' };

export interface CheckTextOptions {
  readonly columns: number;
  /** Only what is not as it should be. */
  readonly isShort: boolean;
  readonly hintOf: HintOf;
  /** Whose the names of the objects and the sources are. */
  readonly origin?: string | undefined;
}

/** As `linkerd check` prints it. */
export function renderChecks(
  categories: readonly CheckCategory[],
  { columns, isShort, hintOf, origin }: CheckTextOptions,
): string[] {
  const shown = isShort ? categories.map(withoutSuccesses) : categories;
  const sections = shown
    .filter(({ checks }) => checks.length > 0)
    .flatMap(({ name, checks }) => [
      name,
      '-'.repeat(name.length),
      ...checks.flatMap((one) => checkLines(one, columns, hintOf)),
      '',
    ]);
  const settings = origin === undefined ? [] : [...wrap(`Settings ${origin}`, columns, 2), ''];
  return [...settings, ...sections, `Status check results are ${marks[worstOf(categories)]}`];
}

function withoutSuccesses({ name, checks }: CheckCategory): CheckCategory {
  return { name, checks: checks.filter(({ verdict }) => verdict !== 'success') };
}

function checkLines(
  { id, description, verdict, problem }: Check,
  columns: number,
  hintOf: HintOf,
): string[] {
  const title = wrap(`${marks[verdict]} ${description}`, columns, 2);
  if (problem === undefined) return title;
  // An address is never broken, however long: people click on it.
  return [...title, ...wrap(`    ${problem}`, columns, 4), `    see ${hintOf(id)} for hints`];
}
