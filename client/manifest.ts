import { stringify } from 'yaml';

/** Objects as `kubectl apply -f -` takes them. */
export function manifestOf(objects: readonly object[]): string[] {
  // A line is never folded: certificates are compared by their text.
  return objects
    .map((object) => stringify(object, { lineWidth: 0 }).trimEnd())
    .join('\n---\n')
    .split('\n');
}
