import type { Row } from './row.ts';

const headings = ['what', 'measured', 'against', 'ratio', 'goal', 'met'] as const;

/** The rows as a table for a terminal, one line each, columns as wide as they need to be. */
export function renderTable(rows: readonly Row[]): readonly string[] {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  );
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [heading = '', ...rest] = lines;
  return [heading, widths.map((width) => '─'.repeat(width)).join('  '), ...rest];
}

function cellsOf(row: Row): readonly string[] {
  return [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    `${figure(row.baseline)} ${row.unit} (${row.against})`,
    `${figure(row.ratio)}×`,
    row.goal ?? '',
    verdict(row.met),
  ];
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'yes' : 'MISSED';
}

/** Three significant digits: more would claim a precision that a shared machine does not give. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
