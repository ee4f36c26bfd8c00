import path from 'node:path';
import type { Rule } from 'eslint';
import type { Layer } from './layers.ts';
import { allowsPackage, isInside, layerOf } from './layers.ts';

/** What this rule reads of a node that names a module. The TypeScript parser adds the kinds to it. */
interface ModuleReference {
  readonly type: string;
  readonly source?: { readonly value?: unknown } | null;
  readonly importKind?: 'type' | 'value';
  readonly exportKind?: 'type' | 'value';
}

/**
 * Reports an import that leads from one folder of the repository to another against the direction of
 * `layers.ts`. It looks at the resolved path, not at the text of the specifier, so `mesh/client.ts`
 * and `client/` are never mixed up.
 */
export const importDirection: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: { description: 'keep imports between the folders of the repository one-way' },
    messages: {
      direction: "{{from}}/ must not import '{{specifier}}': {{reason}}.",
      typeOnly: "{{from}}/ may only `import type` from '{{specifier}}': {{reason}}.",
    },
    schema: [],
  },
  create(context) {
    const layer = layerOf(relativeToRoot(context.filename, context.cwd));
    if (layer === undefined) return {};

    function check(node: Rule.Node): void {
      // ESTree's types know neither the two kinds nor `TSImportType`; every node has a type, and the
      // other fields are optional here, so the cast claims nothing that could be untrue.
      const { type, source, importKind, exportKind } = node as unknown as ModuleReference;
      const specifier = source?.value;
      if (layer === undefined || typeof specifier !== 'string') return;
      const typeOnly = importKind === 'type' || exportKind === 'type' || type === 'TSImportType';
      const messageId = violation(layer, targetOf(specifier, context), typeOnly);
      if (messageId === undefined) return;
      const data = { from: layer.folder, specifier, reason: layer.reason };
      context.report({ node, messageId, data });
    }

    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

type Target =
  { readonly file: string; readonly specifier?: never } | { readonly specifier: string };

function targetOf(specifier: string, context: Rule.RuleContext): Target {
  if (!specifier.startsWith('.') && !path.isAbsolute(specifier)) return { specifier };
  const absolute = path.resolve(path.dirname(context.filename), specifier);
  return { file: relativeToRoot(absolute, context.cwd) };
}

function violation(
  layer: Layer,
  target: Target,
  typeOnly: boolean,
): 'direction' | 'typeOnly' | undefined {
  if (target.specifier !== undefined) {
    return allowsPackage(layer.packages, target.specifier) ? undefined : 'direction';
  }
  const { file } = target;
  if ([layer.folder, ...layer.imports].some((folder) => isInside(file, folder))) return undefined;
  if (layer.importsTypes?.some((folder) => isInside(file, folder)) === true) {
    return typeOnly ? undefined : 'typeOnly';
  }
  return 'direction';
}

function relativeToRoot(file: string, root: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
