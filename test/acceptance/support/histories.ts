import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { RotationHandle } from './rotation-run.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const histories = new URL('../../histories/0.1.0/', import.meta.url);

/**
 * With `RECORD_HISTORIES=1` keeps the history of a rotation under `test/histories/`, where it is
 * replayed against every later version of the workflow.
 */
export async function recordHistory(name: string, handle: RotationHandle): Promise<void> {
  if (process.env['RECORD_HISTORIES'] !== '1') return;
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  await mkdir(histories, { recursive: true });
  await writeFile(
    new URL(`${name}.json`, histories),
    `${JSON.stringify(plain(history), null, 1)}\n`,
  );
}

/** Process id and host name, of which the SDK makes the names of a worker and of its own task queue. */
const processName = /^\d+@[\w.-]+?(?=-[0-9a-f]{32}$|$)/;

/** Without what says on which machine it was recorded. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(repository, '').replace(processName, '');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'identity' ? 'recorded' : plain(inner),
    ]),
  );
}
