import { toFailure } from './to-failure.ts';

/** No error of mesh/ leaves an activity as it is. */
export function mapErrors<Activities extends object>(activities: Activities): Activities {
  const mapped = Object.entries(activities).map(([name, activity]) => {
    // Sound: each entry is called with the argument of its own name, which is passed through untouched.
    const call = activity as (input: unknown) => Promise<unknown>;
    return [
      name,
      async (input: unknown) => {
        try {
          return await call(input);
        } catch (error) {
          throw toFailure(error);
        }
      },
    ];
  });
  // Sound: the names and the types behind them are those of `activities`.
  return Object.fromEntries(mapped) as Activities;
}
