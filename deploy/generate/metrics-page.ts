import { Registry } from 'prom-client';
import { z } from 'zod';
import { systemClock } from '../../mesh/observation/clock.ts';
import { registerOwnMetrics } from '../../worker/metrics.ts';

/** Relative to the root of the repository. */
export const metricsPagePath = 'docs/metrics.md';

const head = `# Metrics

<!-- Written by "npm run generate" from the worker's own registry. -->

A worker serves them on \`/metrics\` (\`TRUST_ROTATION_LISTEN\`), beside those of its process
(\`trust_rotation_process_*\`, \`trust_rotation_nodejs_*\`) and of the Temporal core (\`temporal_*\`). How a
rotation stands is told by every worker that runs as operator, as the resource has it; where there is none, and
by one that is no operator, as the rotation tells it or Temporal knows it. Surveys and restarts are told by the
worker that has done them. No label grows with the mesh.

`;

/** The table of all metrics that the product itself serves, in the order of their names. */
export async function metricsPage(): Promise<string> {
  const registry = new Registry();
  registerOwnMetrics(registry, {
    read: () => Promise.resolve([]),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
  });
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map(({ name, type, help }) => [
      `\`${name}\``,
      String(type),
      labelsOf(registry, name)
        .map((label) => `\`${label}\``)
        .join(', '),
      help,
    ]);
  return head + table([['metric', 'type', 'labels', 'what it tells'], ...rows]);
}

/** Which prom-client keeps in a field of every metric, and tells only with its samples. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  return z.object({ labelNames: z.array(z.string()) }).parse(registry.getSingleMetric(name))
    .labelNames;
}

/** As Prettier writes it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [first = [], ...others] = rows;
  const rule = widths.map((width) => '-'.repeat(width));
  return [first, rule, ...others].map(line).join('');
}
