/** Texts for a terminal. All widths are in characters; none of our texts holds wide ones. */

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** The two largest units: `4s`, `1m 05s`, `17h 00m`, `29d 03h`; below a second `120ms`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return `${String(Math.round(ms))}ms`;
  const index = units.findIndex((unit) => ms >= unit.ms);
  const [large, small] = units.slice(index);
  if (large === undefined) return '0s';
  const count = Math.floor(ms / large.ms);
  if (small === undefined) return `${String(count)}${large.name}`;
  const rest = Math.floor((ms % large.ms) / small.ms);
  return `${String(count)}${large.name} ${String(rest).padStart(2, '0')}${small.name}`;
}

/** `2026-06-01 12:30:05Z`: the time as the wire has it, without what nobody reads. */
export function formatTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** `2026-06-01 12:30:05Z (in 3h 00m)`. */
export function formatDue(iso: string, nowMs: number): string {
  const leftMs = Date.parse(iso) - nowMs;
  const relative = leftMs < 0 ? `${formatDuration(-leftMs)} ago` : `in ${formatDuration(leftMs)}`;
  return `${formatTime(iso)} (${relative})`;
}

/** `█████░░░░░`; nothing to do counts as done. */
export function progressBar(done: number, total: number, width: number): string {
  // Rounded down: a bar that looks full means that nothing lags.
  const filled = total === 0 ? width : Math.floor((done / total) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** Cuts a line that is longer than the terminal is wide. */
export function fit(line: string, columns: number): string {
  const single = line.replaceAll(/[\r\n]+/g, ' ');
  if (single.length <= columns) return single;
  return `${single.slice(0, Math.max(columns - 1, 0))}…`;
}

/** Breaks a text at spaces; lines after the first begin with `indent` spaces. */
export function wrap(text: string, columns: number, indent = 0): string[] {
  const lines: string[] = [];
  // The first line keeps its own indentation.
  let line = /^ */.exec(text)?.[0] ?? '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const candidate = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (candidate.length <= columns || line.trim() === '') {
      line = candidate;
      continue;
    }
    lines.push(line);
    line = `${' '.repeat(indent)}${word}`;
  }
  return line.trim() === '' ? lines : [...lines, line];
}

/** `1 wave`, `3 waves`, `2 passes`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : plural}`;
}

/** A word as a POSIX shell takes it back. */
export function shellWord(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Rows `label  value`, the values below each other and wrapped to the width. */
export function table(
  rows: readonly (readonly [label: string, value: string])[],
  columns: number,
): string[] {
  const labelWidth = Math.max(0, ...rows.map(([label]) => label.length)) + 4;
  return rows.flatMap(([label, value]) => {
    const [first = '', ...rest] = wrap(value, Math.max(columns - labelWidth, 20));
    return [
      `  ${label.padEnd(labelWidth - 2)}${first}`.trimEnd(),
      ...rest.map((line) => `${' '.repeat(labelWidth)}${line}`),
    ];
  });
}
