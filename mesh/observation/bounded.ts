/**
 * `work` on every item, at most `limit` at a time, results in the order of the items. The first error
 * ends it: nothing new is begun, and the error is thrown once what runs has ended.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const queue = items.entries();
  let failed = false;

  // The iterator is shared: each lane takes the next item that no other has taken.
  async function lane(): Promise<void> {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results.set(index, await work(item));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  const lanes = Array.from({ length: Math.min(limit, items.length) }, lane);
  const ends = await Promise.allSettled(lanes);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...results.entries()].toSorted(([one], [other]) => one - other).map(([, value]) => value);
}
