import type { Output } from './context.ts';

/** Draws lines on a terminal, each time over what was drawn before. */
export function createCanvas(stdout: Output): (lines: readonly string[]) => void {
  let drawn = 0;
  return (lines) => {
    const up = drawn === 0 ? '' : `\u001B[${String(drawn)}A`;
    // Each line clears its own rest: clearing all first would flicker.
    const body = lines.map((line) => `${line}\u001B[K\n`).join('');
    stdout.write(`${up}${body}\u001B[J`);
    drawn = lines.length;
  };
}
