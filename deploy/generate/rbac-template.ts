import { stringify } from 'yaml';
import type { MeshObjects } from '../../domain/objects.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { AccessRight } from '../../mesh/kubernetes/kube.ts';
import type { RightsOptions } from '../../mesh/rights.ts';
import { rightsOf } from '../../mesh/rights.ts';
import type { RbacManifest, RoleSubject } from '../../mesh/roles.ts';
import { rolesFor } from '../../mesh/roles.ts';

/** Relative to the root of the repository. */
export const rbacTemplatePath = 'deploy/charts/trust-rotation-operator/templates/rbac.yaml';

/** Rights that are granted together, or not at all. */
interface Section {
  readonly condition: string;
  /** Ends the names of its roles. */
  readonly suffix: string;
  readonly rights: readonly AccessRight[];
}

const chart = 'trust-rotation-operator';
const fullName = `{{ include "${chart}.fullname" . }}`;
const subject: RoleSubject = {
  kind: 'ServiceAccount',
  namespace: '{{ .Release.Namespace }}',
  name: `{{ include "${chart}.serviceAccountName" . }}`,
};
const head = `{{- /* Written by "npm run generate" from mesh/rights.ts: change that table instead. */}}\n`;

/** The worker's RBAC objects as a template of its chart: what they are called there follows the values. */
export function rbacTemplate(): string {
  return head + sections().map(sectionText).join('');
}

function sections(): readonly Section[] {
  const distributed = rightsOf(valueObjects());
  const direct = rightsOf({ ...valueObjects(), bundleOwnership: 'direct' });
  const usual = without(distributed, without(distributed, direct));
  const beyondUsual = (options: RightsOptions): readonly AccessRight[] =>
    without(rightsOf(valueObjects(), options), distributed);
  return [
    { condition: '.Values.rbac.create', suffix: '', rights: usual },
    {
      condition: 'and .Values.rbac.create (eq .Values.bundle.ownership "TrustManager")',
      suffix: '-bundle',
      rights: without(distributed, usual),
    },
    {
      condition: 'and .Values.rbac.create (eq .Values.bundle.ownership "Direct")',
      suffix: '-bundle',
      rights: without(direct, usual),
    },
    {
      condition: 'and .Values.rbac.create .Values.operator.enabled',
      suffix: '-operator',
      rights: beyondUsual({ isOperator: true }),
    },
    {
      condition: 'and .Values.rbac.create (eq .Values.reachProxiesBy "port-forward")',
      suffix: '-port-forward',
      rights: beyondUsual({ reachProxiesBy: 'port-forward' }),
    },
    {
      condition: 'and .Values.rbac.create .Values.rbac.imports',
      suffix: '-imports',
      rights: beyondUsual({ sources: { anchor: 'imported', bridge: 'imported' } }),
    },
  ];
}

function without(rights: readonly AccessRight[], known: readonly AccessRight[]): AccessRight[] {
  const texts = new Set(known.map((right) => JSON.stringify(right)));
  return rights.filter((right) => !texts.has(JSON.stringify(right)));
}

/** Every name as the value that an installation sets it with. */
function valueObjects(): MeshObjects {
  const names = Object.keys(documentedObjects).map((key) => [key, `{{ .Values.objects.${key} }}`]);
  // Sound: it has the keys of a record of strings, each with a string.
  return Object.fromEntries(names) as MeshObjects;
}

function sectionText({ condition, suffix, rights }: Section): string {
  const documents = rolesFor(rights, subject).map((manifest) => `---\n${text(manifest, suffix)}`);
  return `{{- if ${condition} }}\n${documents.join('')}{{- end }}\n`;
}

/**
 * One role or binding. The names of several roles in one namespace differ, because an installation may
 * have one namespace for what the guide has two.
 */
function text(manifest: RbacManifest, suffix: string): string {
  const { namespace } = manifest.metadata;
  const name = `${fullName}${suffix}${placeOf(namespace)}`;
  const labels = '{{ labels }}';
  const named = {
    ...manifest,
    metadata: { ...manifest.metadata, name, labels },
    ...('roleRef' in manifest && { roleRef: { ...manifest.roleRef, name } }),
  };
  const yaml = stringify(named, {
    defaultKeyType: 'PLAIN',
    defaultStringType: 'QUOTE_DOUBLE',
    lineWidth: 0,
  });
  // An action stands between the quotes of YAML, and its own need no escape there.
  const actions = yaml.replaceAll(/\{\{.*?\}\}/g, (action) => action.replaceAll('\\"', '"'));
  return actions.replace(`"${labels}"`, `{{- include "${chart}.labels" . | nindent 4 }}`);
}

function placeOf(namespace: string | undefined): string {
  if (namespace === undefined) return '';
  const [, value] = /\.Values\.objects\.(\w+)Namespace /.exec(namespace) ?? [];
  return `-${value ?? namespace}`;
}
