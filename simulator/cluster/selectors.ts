import type { KubeObject, LabelRequirement, LabelSelector } from './objects.ts';
import { badRequest } from './kube-error.ts';

type Labels = Readonly<Record<string, string>>;

function meets(labels: Labels, { key, operator, values = [] }: LabelRequirement): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    // As in Kubernetes, an absent key satisfies NotIn and `!=`.
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Whether labels satisfy a selector; an absent or empty selector matches everything. */
export function matchesSelector(
  labels: Labels | undefined,
  selector: LabelSelector | undefined,
): boolean {
  const own = labels ?? {};
  const equal = Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => own[key] === value,
  );
  return (
    equal && (selector?.matchExpressions ?? []).every((requirement) => meets(own, requirement))
  );
}

const SET_BASED = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/;

function parseRequirement(text: string): LabelRequirement {
  const set = SET_BASED.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return { key, operator: operator === 'in' ? 'In' : 'NotIn', values };
  }
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  if (!/^!?[\w./-]+$/.test(text)) throw badRequest(`unable to parse requirement: ${text}`);
  return text.startsWith('!')
    ? { key: text.slice(1), operator: 'DoesNotExist' }
    : { key: text, operator: 'Exists' };
}

/** Parses a `labelSelector` query parameter. Throws BadRequest. */
export function parseLabelSelector(text: string): LabelSelector {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  return { matchExpressions: parts.filter((part) => part !== '').map(parseRequirement) };
}

function fieldValue(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const SELECTABLE =
  /^(metadata\.(name|namespace)|spec\.nodeName|status\.(phase|podIP)|type|reason|involvedObject\.\w+)$/;

/** Parses a `fieldSelector` query parameter into a predicate. Throws BadRequest for a field that has no index. */
export function parseFieldSelector(text: string): (object: KubeObject) => boolean {
  const parts = text.split(',').filter((part) => part !== '');
  const terms = parts.map((part) => {
    const [, path = '', operator, value = ''] = EQUALITY.exec(part.trim()) ?? [];
    if (!SELECTABLE.test(path)) throw badRequest(`field label not supported: ${part}`);
    return { path, equal: operator !== '!=', value };
  });
  return (object) =>
    terms.every(({ path, equal, value }) => (fieldValue(object, path) === value) === equal);
}
