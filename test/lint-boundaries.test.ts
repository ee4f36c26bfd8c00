import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const root = path.resolve(import.meta.dirname, '..');
const importDirection = 'project/import-direction';

/** The project's own configuration without the rules that need types: snippets are in no program. */
function projectLint(cwd: string): ESLint {
  return new ESLint({
    cwd,
    overrideConfigFile: path.join(root, 'eslint.config.js'),
    overrideConfig: [
      {
        files: ['**/*.ts'],
        ...tseslint.configs.disableTypeChecked,
        languageOptions: { parserOptions: { projectService: false } },
      },
    ],
  });
}

interface Snippet {
  readonly file: string;
  readonly code: string;
}

interface Offence extends Snippet {
  readonly rule: string;
}

function forbidden(file: string, code: string, rule = importDirection): Offence {
  return { file, code, rule };
}

const allowed: readonly Snippet[] = [
  { file: 'domain/gates/g.ts', code: "import { x } from '../trust.ts'; x();" },
  { file: 'domain/a.ts', code: 'export const at = new Date(0).toISOString();' },
  { file: 'mesh/a.ts', code: "import { x } from '../domain/trust.ts'; x();" },
  { file: 'mesh/kubernetes/a.ts', code: "import { x } from '../client/b.ts'; x();" },
  {
    file: 'mesh/a.ts',
    code: "import type { X } from '@kubernetes/client-node'; export type Y = X;",
  },
  { file: 'activities/a.ts', code: "import { x } from '../mesh/bundle.ts'; x();" },
  { file: 'activities/a.ts', code: "import { x } from '@temporalio/activity'; x();" },
  { file: 'workflows/a.ts', code: "import { x } from '@temporalio/workflow'; x();" },
  { file: 'workflows/a.ts', code: "import { x } from '../domain/trust.ts'; x();" },
  {
    file: 'workflows/a.ts',
    code: "import type { X } from '../activities/a.ts'; export type Y = X;",
  },
  { file: 'workflows/a.ts', code: 'export const now = Date.now();' },
  { file: 'worker/a.ts', code: "import { x } from '../activities/a.ts'; x();" },
  {
    file: 'client/commands/a.ts',
    code: "import { x } from '../../mesh/a.ts'; x(); console.log(1);",
  },
  { file: 'simulator/cluster/a.ts', code: "import { x } from '../../domain/chain.ts'; x();" },
  { file: 'simulator/a.ts', code: "import tls from 'node:tls'; tls.connect(1);" },
  { file: 'deploy/local/demo.ts', code: "import { x } from '../../simulator/a.ts'; x();" },
  { file: 'deploy/generate/a.ts', code: "import { x } from '../../mesh/a.ts'; x();" },
  { file: 'test/a.test.ts', code: "import { x } from '../simulator/a.ts'; x(); Date.now();" },
];

const refused: readonly Offence[] = [
  forbidden('domain/a.ts', "import fs from 'node:fs'; fs.readSync(1);"),
  forbidden('domain/a.ts', "import { z } from 'zod'; z();"),
  forbidden('domain/a.ts', "import type { X } from 'zod'; export type Y = X;"),
  forbidden('domain/a.ts', "import { x } from '../mesh/a.ts'; x();"),
  forbidden('domain/gates/g.ts', "import type { X } from '../../mesh/a.ts'; export type Y = X;"),
  forbidden('domain/a.ts', "export { x } from '../mesh/a.ts';"),
  forbidden('domain/a.ts', "export type X = import('../mesh/a.ts').X;"),
  forbidden('domain/a.ts', "export const x = () => import('../mesh/a.ts');"),
  forbidden('domain/a.ts', 'export const x = Date.now();', 'no-restricted-properties'),
  forbidden('domain/a.ts', 'export const x = Math.random();', 'no-restricted-properties'),
  forbidden('domain/a.ts', 'export const x = new Date();', 'no-restricted-syntax'),
  forbidden('domain/a.ts', 'export const x = Date();', 'no-restricted-syntax'),
  forbidden('domain/a.ts', 'export const x = process.env;', 'no-restricted-globals'),
  forbidden('domain/a.ts', 'setTimeout(() => 0, 1);', 'no-restricted-globals'),
  forbidden('domain/a.ts', 'export const x = import.meta.url;', 'no-restricted-syntax'),
  forbidden('mesh/a.ts', 'socket.getPeerX509Certificate();', 'no-restricted-syntax'),

  ...['simulator', 'activities', 'workflows', 'worker', 'client', 'deploy/local', 'test'].map(
    (folder) => forbidden('mesh/a.ts', `import { x } from '../${folder}/a.ts'; x();`),
  ),
  forbidden('mesh/a.ts', "import type { X } from '../activities/a.ts'; export type Y = X;"),
  forbidden('mesh/a.ts', "import { x } from '@temporalio/activity'; x();"),

  ...['workflows', 'worker', 'client', 'simulator', 'deploy/local'].map((folder) =>
    forbidden('activities/a.ts', `import { x } from '../${folder}/a.ts'; x();`),
  ),
  forbidden('activities/a.ts', "import { x } from '@temporalio/workflow'; x();"),

  forbidden('workflows/a.ts', "import { x } from '../activities/a.ts'; x();"),
  forbidden('workflows/a.ts', "import type { X } from '../mesh/a.ts'; export type Y = X;"),
  forbidden('workflows/a.ts', "import { x } from '../simulator/a.ts'; x();"),
  forbidden('workflows/a.ts', "import { x } from '@temporalio/client'; x();"),
  forbidden('workflows/a.ts', "import { z } from 'zod'; z();"),
  forbidden('workflows/a.ts', "import { x } from 'node:crypto'; x();"),
  forbidden('workflows/a.ts', 'export const x = process.env;', 'no-restricted-globals'),

  ...['domain', 'mesh', 'activities', 'workflows', 'worker', 'client'].map((folder) =>
    forbidden(`${folder}/a.ts`, "import { x } from '../simulator/a.ts'; x();"),
  ),
  forbidden('deploy/generate/a.ts', "import { x } from '../../simulator/a.ts'; x();"),
  forbidden('deploy/image/a.ts', "import { x } from '../../simulator/a.ts'; x();"),
  ...['mesh', 'activities', 'workflows', 'worker', 'client'].map((folder) =>
    forbidden('simulator/a.ts', `import { x } from '../${folder}/a.ts'; x();`),
  ),
  forbidden('simulator/a.ts', "import type { X } from '../mesh/a.ts'; export type Y = X;"),

  forbidden('client/a.ts', "import { x } from '../worker/a.ts'; x();"),
  forbidden('client/a.ts', "import { x } from '../deploy/local/demo.ts'; x();"),
  forbidden('worker/a.ts', "import { x } from '../client/a.ts'; x();"),

  forbidden(
    'mesh/a.ts',
    "import { x } from '@kubernetes/client-node'; x();",
    '@typescript-eslint/no-restricted-imports',
  ),
  forbidden('mesh/a.ts', 'console.log(1);', 'no-console'),
  forbidden('mesh/a.ts', "import fs from 'fs'; fs.readSync(1);", 'no-restricted-imports'),
  forbidden('mesh/a.ts', "import { x } from './b.js'; x();", 'no-restricted-imports'),
  forbidden('mesh/a.ts', 'enum X { A }', 'no-restricted-syntax'),
  forbidden('mesh/a.ts', "export * from './b.ts';", 'no-restricted-syntax'),
  forbidden('mesh/a.ts', 'export default 1;', 'import-x/no-default-export'),
  forbidden('mesh/a.ts', 'if (1 == 2) throw new Error();', 'eqeqeq'),
  forbidden('test/a.test.ts', 'it.only("x", () => 0);', 'no-restricted-properties'),
];

describe('lint boundaries', () => {
  let lint: ESLint;

  before(() => {
    lint = projectLint(root);
  });

  for (const { file, code } of allowed) {
    it(`allows in ${file}: ${code}`, async () => {
      assert.deepEqual(await rulesBrokenBy(lint, { file, code }), []);
    });
  }

  for (const { file, code, rule } of refused) {
    it(`refuses in ${file}: ${code}`, async () => {
      const broken = await rulesBrokenBy(lint, { file, code });

      assert.ok(broken.includes(rule), `expected ${rule}, got: ${broken.join(', ') || 'nothing'}`);
    });
  }

  it('refuses two files that import each other', async () => {
    // The rule reads the other file from disk, so this one snippet needs a folder of its own.
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'lint-boundaries-')));
    try {
      await mkdir(path.join(folder, 'domain'));
      await writeFile(path.join(folder, 'domain/a.ts'), "export { b } from './b.ts';\n");
      const code = "import { b } from './a.ts';\nexport { b };\n";
      await writeFile(path.join(folder, 'domain/b.ts'), code);

      const broken = await rulesBrokenBy(projectLint(folder), { file: 'domain/b.ts', code });

      assert.deepEqual(broken, ['import-x/no-cycle']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

async function rulesBrokenBy(lint: ESLint, { file, code }: Snippet): Promise<string[]> {
  const results = await lint.lintText(code, { filePath: file });
  const messages = results.flatMap((result) => result.messages);
  return [...new Set(messages.map(({ ruleId, message }) => ruleId ?? message))];
}
