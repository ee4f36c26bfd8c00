import type { EnvVariable, PodObject } from './pod-object.ts';

export interface EnvironmentSource {
  readonly pod: PodObject;
  readonly podIp: string;
  /** The value of a key of a ConfigMap in the pod's namespace, read now. */
  configMapValue(name: string, key: string): Promise<string>;
}

/**
 * A container's environment as the kubelet makes it at each start: of equal names the last wins, and
 * `$(NAME)` refers to what stands above, `$$` is one `$`.
 *
 * @throws when a reference cannot be resolved: the container cannot be created.
 */
export async function resolveEnvironment(
  variables: readonly EnvVariable[],
  source: EnvironmentSource,
): Promise<Map<string, string>> {
  const environment = new Map<string, string>();
  for (const variable of variables) {
    const { valueFrom } = variable;
    if (valueFrom?.fieldRef !== undefined) {
      environment.set(variable.name, fieldValue(valueFrom.fieldRef.fieldPath, source));
    } else if (valueFrom?.configMapKeyRef !== undefined) {
      const { name, key } = valueFrom.configMapKeyRef;
      environment.set(variable.name, await source.configMapValue(name, key));
    } else {
      environment.set(variable.name, expand(variable.value ?? '', environment));
    }
  }
  return environment;
}

function expand(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([\w.-]+)\)/g, (reference, name: string) =>
    reference === '$$' ? '$' : (environment.get(name) ?? reference),
  );
}

function fieldValue(fieldPath: string, { pod, podIp }: EnvironmentSource): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'spec.nodeName': pod.spec.nodeName,
    'status.podIP': podIp,
    'status.podIPs': podIp,
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new Error(`The field ${fieldPath} of a pod is not known here`);
  return value;
}
