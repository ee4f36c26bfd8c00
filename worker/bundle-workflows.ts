import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@temporalio/worker';
import { bundleWorkflowCode } from '@temporalio/worker';
import { dataConverter } from '../activities/data-converter.ts';

/** Where the worker finds its workflows when they are not bundled yet. */
export const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** Bundles the workflows for production: one file, built by the very SDK that will run it. */
export async function bundleWorkflows(target: string, logger?: Logger): Promise<void> {
  const { failureConverterPath } = dataConverter;
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    failureConverterPath,
    ...(logger && { logger }),
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundleWorkflows(resolve(process.argv[2] ?? 'dist/workflow-bundle.js'));
}
