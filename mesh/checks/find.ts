import type { Found } from '../../domain/checks/check.ts';

/** What was found, or in one line why it is not known: a missing right, a missing object. */
export async function find<T>(look: () => Promise<T>): Promise<Found<T>> {
  try {
    return { found: true, value: await look() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { found: false, why };
  }
}
