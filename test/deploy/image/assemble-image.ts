import { copyFile, cp, link, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const root = path.join(import.meta.dirname, '../../..');
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});

/**
 * Puts into `target` what the image holds: the copied sources, and of the installed packages those that
 * `npm ci --omit=dev` installs.
 */
export async function assembleImage(target: string, sources: readonly string[]): Promise<void> {
  for (const source of sources) {
    await cp(path.join(root, source), path.join(target, source), { recursive: true });
  }
  const lock: unknown = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const { packages } = lockFile.parse(lock);
  for (const [folder, { dev = false }] of Object.entries(packages)) {
    if (folder === '' || dev) continue;
    await linkPackage(path.join(root, folder), path.join(target, folder));
  }
}

/** Without what is nested in it: that has an entry of its own in the lock file. */
async function linkPackage(from: string, to: string): Promise<void> {
  // An optional package of another platform is not installed.
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  await mkdir(to, { recursive: true });
  for (const entry of entries) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') await linkPackage(source, target);
    } else {
      // A second name for the same file costs nothing, where both are on one file system.
      await link(source, target).catch(() => copyFile(source, target));
    }
  }
}
