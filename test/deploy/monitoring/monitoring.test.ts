import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { createMetrics } from '../../../worker/metrics.ts';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import type { Panel } from './monitoring-files.ts';
import { metricsIn, readDashboard, readRules, rulesFile } from './monitoring-files.ts';
import { installPromtool } from './promtool.ts';

const run = promisify(execFile);

describe('what Prometheus and Grafana are given', () => {
  it('asks for metrics that the worker serves', async () => {
    const { groups } = await readRules();
    const { panels } = await readDashboard();
    const expressions = [
      ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    const used = new Set(expressions.flatMap(metricsIn));
    const served = await servedMetrics();
    const missing = [...used].filter((name) => !served.has(name)).toSorted();
    assert.deepEqual(missing, []);
  });

  it('has panels that stand beside each other and have a source to choose', async () => {
    const { panels, templating } = await readDashboard();
    assert.deepEqual(templating.list, [{ name: 'datasource', type: 'datasource' }]);
    const ids = panels.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    const overlaps = panels.flatMap((panel, index) =>
      panels.slice(index + 1).filter((other) => overlap(panel, other)),
    );
    assert.deepEqual(
      overlaps.map(({ title }) => title),
      [],
    );
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  });

  describe('as promtool reads it', function () {
    this.timeout(goInstallTimeoutMs);
    let promtool: string;
    let folder = '';

    before(async function () {
      promtool = await orPending(this, installPromtool);
      folder = await mkdtemp(path.join(tmpdir(), 'promtool-'));
      await copyFile(rulesFile, path.join(folder, path.basename(rulesFile)));
    });

    after(async () => {
      // Nothing was made where promtool could not be had.
      if (folder !== '') await rm(folder, { recursive: true, force: true });
    });

    it('has rules without a fault', async () => {
      await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', rulesFile]);
    });

    it('would be found out if a rule were broken', async () => {
      const file = path.join(folder, 'broken.rules.yaml');
      for (const [sound, broken] of [
        ['expr: min by', 'expr: min bye'],
        ['for: ', 'fur: '],
        ['$labels.secret', '$labels.secret.name.'],
      ] as const) {
        const text = await readFile(rulesFile, 'utf8');
        assert.ok(text.includes(sound), sound);
        await writeFile(file, text.replace(sound, broken));
        await assert.rejects(run(promtool, ['check', 'rules', file]), /FAILED/, broken);
      }
    });

    it('has expressions without a fault in the dashboard', async () => {
      const { panels } = await readDashboard();
      const targets = panels.flatMap(({ id, targets }) =>
        targets.map(({ refId, expr }) => ({ record: `panel:${id}:${refId}`, expr })),
      );
      const file = path.join(folder, 'dashboard.yaml');
      await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: targets }] }));
      await run(promtool, ['check', 'rules', '--lint-fatal', file]);
      await writeFile(
        file,
        stringify({ groups: [{ name: 'x', rules: [{ ...targets[0], expr: 'a(' }] }] }),
      );
      await assert.rejects(run(promtool, ['check', 'rules', file]));
    });

    it('alerts when it should and keeps quiet when it should', async () => {
      await assert.doesNotReject(testRules('trust-rotation.rules.test.yaml', (text) => text));
    });

    it('would be found out if a threshold moved', async () => {
      await assert.rejects(
        testRules('moved.yaml', (text) =>
          text.replaceAll('values: 5097600x30', 'values: 5270400x30'),
        ),
        /FAILED/,
      );
    });

    async function testRules(name: string, change: (text: string) => string): Promise<void> {
      const tests = path.join(import.meta.dirname, 'trust-rotation.rules.test.yaml');
      const file = path.join(folder, name);
      await writeFile(file, change(await readFile(tests, 'utf8')));
      await run(promtool, ['test', 'rules', file]);
    }
  });
});

/** The names that the worker itself serves, before any rotation. */
async function servedMetrics(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics('http://127.0.0.1:1/metrics', {
    read: () => Promise.resolve([]),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
  });
  const text = await metrics.render();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
