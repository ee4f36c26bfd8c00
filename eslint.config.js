import { builtinModules } from 'node:module';
import { defineConfig, globalIgnores } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { importDirection } from './lint/import-direction.ts';

const pureGlobals = [
  'Buffer',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

const syntaxForAll = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Use an `as const` object and a union type: Node strips types and cannot run an enum.',
  },
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrels: import from the file that declares the name.',
  },
];

const leakingRead = {
  selector: 'MemberExpression[property.name="getPeerX509Certificate"]',
  message: 'It leaks every certificate behind the leaf (Node 24): take presentedChain.',
};

const syntaxForDomain = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'domain/ has no clock: take the time as an argument.',
  },
  {
    selector: 'CallExpression[callee.name="Date"]',
    message: 'domain/ has no clock: take the time as an argument.',
  },
  { selector: 'MetaProperty', message: 'domain/ does not know where it runs.' },
];

const focusedOrSkipped = ['describe', 'it'].flatMap((object) =>
  ['only', 'skip'].map((property) => ({
    object,
    property,
    message: 'Every test runs every time.',
  })),
);

export default defineConfig(
  globalIgnores(['coverage/', 'dist/', '.cache/', 'test/histories/']),
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX, project: { rules: { 'import-direction': importDirection } } },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })],
    },
    rules: {
      complexity: ['error', 12],
      eqeqeq: 'error',
      'func-style': [
        'error',
        'declaration',
        { allowArrowFunctions: true, overrides: { namedExports: 'declaration' } },
      ],
      'max-depth': ['error', 3],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules
            .filter((name) => !/^(_|node:)/.test(name))
            .map((name) => ({ name, message: `Write 'node:${name}'.` })),
          patterns: [
            {
              regex: '^\\.\\.?/(?!.*\\.(ts|json)$)',
              message: 'Node runs the sources as they are: write the .ts extension.',
            },
          ],
        },
      ],
      'no-restricted-properties': ['error', ...focusedOrSkipped],
      'no-restricted-syntax': ['error', ...syntaxForAll, leakingRead],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],

      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',

      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-duplicates': 'error',

      'project/import-direction': 'error',
    },
  },
  {
    files: ['**/presented-chain.ts'],
    rules: { 'no-restricted-syntax': ['error', ...syntaxForAll] },
  },
  {
    files: ['domain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...pureGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'domain/ has no clock.' },
        { object: 'Math', property: 'random', message: 'domain/ has no randomness.' },
      ],
      'no-restricted-syntax': ['error', ...syntaxForAll, leakingRead, ...syntaxForDomain],
    },
  },
  {
    files: ['mesh/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: '@kubernetes/client-node',
          message: 'Take it from mesh/kubernetes/client-node.ts: the index loads every model.',
          allowTypeImports: true,
        },
      ],
    },
  },
  {
    // Date and Math.random are replaced by deterministic ones in the workflow sandbox.
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...pureGlobals],
    },
  },
  {
    files: ['client/**/*.ts', 'deploy/local/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // A describe() is one function that holds all its tests, and fakes are async without awaiting.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Mocha takes a reporter from the default export.
    files: ['test/support/tally-reporter.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.base],
    rules: { eqeqeq: 'error', 'no-console': 'error', 'no-unused-vars': 'error' },
  },
);
