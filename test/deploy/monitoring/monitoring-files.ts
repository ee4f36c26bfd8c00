import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const deploy = path.join(import.meta.dirname, '../../../deploy');

export const rulesFile = path.join(deploy, 'alerts/trust-rotation.rules.yaml');

const rules = z.looseObject({
  groups: z.array(
    z.looseObject({
      name: z.string(),
      rules: z.array(
        z.looseObject({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

const panel = z.object({
  id: z.number(),
  title: z.string().min(1),
  description: z.string().min(1),
  datasource: z.object({ uid: z.literal('${datasource}') }),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ refId: z.string(), expr: z.string() })).min(1),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(panel),
});

export type Panel = z.infer<typeof panel>;

export async function readRules(): Promise<z.infer<typeof rules>> {
  return rules.parse(parse(await readFile(rulesFile, 'utf8')));
}

export async function readDashboard(): Promise<z.infer<typeof dashboard>> {
  return dashboard.parse(JSON.parse(await dashboardText()));
}

export function dashboardText(): Promise<string> {
  return readFile(path.join(deploy, 'dashboards/trust-rotation.json'), 'utf8');
}

/** Names of our metrics in an expression. */
export function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\btrust_(?:rotation|anchor)_\w+/g)].map(([name]) => name);
}
