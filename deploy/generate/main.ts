import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { metricsPage, metricsPagePath } from './metrics-page.ts';
import { rbacTemplate, rbacTemplatePath } from './rbac-template.ts';

const root = path.join(import.meta.dirname, '../..');

// What is derived from the sources and kept beside them; tests fail where it has drifted.
const files = new Map([
  [rbacTemplatePath, rbacTemplate()],
  [metricsPagePath, await metricsPage()],
]);
for (const [file, text] of files) {
  await writeFile(path.join(root, file), text);
  process.stdout.write(`wrote ${file}\n`);
}
