import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rbacTemplate, rbacTemplatePath } from './rbac-template.ts';

const root = path.join(import.meta.dirname, '../..');

// What is derived from the sources and kept beside them; tests fail where it has drifted.
await writeFile(path.join(root, rbacTemplatePath), rbacTemplate());
process.stdout.write(`wrote ${rbacTemplatePath}\n`);
