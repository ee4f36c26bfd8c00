import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/**
 * Node only erases types, it does not check them: a type imported as a value is found when the module
 * loads. Loading all also makes coverage count modules that hold nothing but types as what they are.
 */
describe('every module', () => {
  for (const folder of ['domain', 'mesh', 'activities', 'simulator']) {
    it(`of ${folder}/ loads by itself`, async () => {
      const entries = await readdir(path.join(root, folder), { recursive: true });
      const files = entries.filter((entry) => entry.endsWith('.ts'));

      const loaded = await Promise.allSettled(
        files.map((file): Promise<unknown> => import(path.join(root, folder, file))),
      );

      const failed = loaded.flatMap((result, index) =>
        result.status === 'rejected'
          ? [`${folder}/${files[index] ?? ''}: ${String(result.reason)}`]
          : [],
      );
      assert.deepEqual(failed, []);
    });
  }
});
