import type { Command } from 'commander';

/**
 * Go programs, `linkerd` among them, pass switches with their value: `--proxy=false`. commander knows
 * them by their presence alone, so those that are off are left out here.
 *
 * @param switches long flags that take no value
 */
export function plainFlags(
  args: readonly string[],
  switches: ReadonlySet<string>,
): readonly string[] {
  return args.flatMap((argument) => {
    const [, flag = '', value] = /^(--[\w-]+)=(true|false)$/.exec(argument) ?? [];
    if (!switches.has(flag)) return [argument];
    return value === 'true' ? [flag] : [];
  });
}

/** The switches of a program and of all its commands. */
export function booleanFlags(program: Command): ReadonlySet<string> {
  const flags = [program, ...program.commands].flatMap(({ options }) =>
    options.flatMap((option) => (option.isBoolean() && option.long ? [option.long] : [])),
  );
  return new Set(flags);
}
