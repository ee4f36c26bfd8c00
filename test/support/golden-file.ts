import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Holds a text against the file that is kept of it; `file` is relative to the repository.
 * `UPDATE_GOLDEN_FILES=1` writes it instead: whoever sets that looks at the difference afterwards.
 */
export async function assertGolden(file: string, actual: string): Promise<void> {
  const target = path.join(root, file);
  if (process.env['UPDATE_GOLDEN_FILES'] === '1') {
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, actual);
    return;
  }
  const kept = await readFile(target, 'utf8').catch(() => '');
  assert.equal(
    actual,
    kept,
    `${file} is not what is made now; look at the difference, then run this test with UPDATE_GOLDEN_FILES=1`,
  );
}
