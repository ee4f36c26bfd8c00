import type { EnvironmentEntry, PodObject } from './pod-object.ts';

/**
 * The value of an environment variable as the kubelet makes it, as far as the pod's specification
 * tells: the last entry of a name wins, `$(NAME)` refers to entries above it, `$$` is a dollar sign.
 * `undefined` when the value comes from elsewhere (a ConfigMap, a Secret) or there is none.
 */
export function environmentValue(
  name: string,
  entries: readonly EnvironmentEntry[],
  pod: PodObject,
): string | undefined {
  const at = entries.findLastIndex((entry) => entry.name === name);
  const entry = entries[at];
  if (entry === undefined) return undefined;
  const field = entry.valueFrom?.fieldRef?.fieldPath;
  if (field !== undefined) return podField(field, pod);
  if (entry.valueFrom !== undefined || entry.value === undefined) return undefined;
  return expand(entry.value, (reference) => environmentValue(reference, entries.slice(0, at), pod));
}

/** A reference to something unknown stays as it is written, as the kubelet leaves it. */
function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^()]+)\))/g, (written, form: string, name: string | undefined) =>
    form === '$' ? '$' : (lookUp(name ?? '') ?? written),
  );
}

function podField(path: string, { metadata, spec }: PodObject): string | undefined {
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    default:
      return undefined;
  }
}
