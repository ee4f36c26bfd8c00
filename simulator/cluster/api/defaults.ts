import { invalid } from '../kube-error.ts';
import type { KubeObject } from '../objects.ts';
import type { Resource } from '../resources.ts';
import { isMap, omit } from './maps.ts';

const ROLLING = { type: 'RollingUpdate' };

/** Defaults the API server writes into `spec`, as far as a client or a controller reads them. */
const SPEC_DEFAULTS: Record<string, Record<string, unknown>> = {
  Pod: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    serviceAccountName: 'default',
  },
  Deployment: {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { ...ROLLING, rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  },
  ReplicaSet: { replicas: 1 },
  StatefulSet: {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    revisionHistoryLimit: 10,
    updateStrategy: { ...ROLLING, rollingUpdate: { partition: 0 } },
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    updateStrategy: { ...ROLLING, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  },
  Namespace: { finalizers: ['kubernetes'] },
};

const INITIAL_STATUS: Record<string, unknown> = {
  Pod: { phase: 'Pending' },
  Namespace: { phase: 'Active' },
};

function withSpecDefaults(object: KubeObject): unknown {
  const defaults = SPEC_DEFAULTS[object.kind];
  if (defaults === undefined) return object['spec'];
  const spec = isMap(object['spec']) ? object['spec'] : {};
  const merged: Record<string, unknown> = { ...defaults, ...spec };
  for (const field of ['strategy', 'updateStrategy']) {
    const given = spec[field];
    const preset = defaults[field];
    // A given strategy of the default type without its numbers still gets them; another type has none.
    if (isMap(given) && isMap(preset) && (given['type'] ?? ROLLING.type) === ROLLING.type) {
      const numbers = isMap(given['rollingUpdate']) ? given['rollingUpdate'] : {};
      const presetNumbers = isMap(preset['rollingUpdate']) ? preset['rollingUpdate'] : {};
      merged[field] = { ...ROLLING, rollingUpdate: { ...presetNumbers, ...numbers } };
    }
  }
  return merged;
}

function withStringData(object: KubeObject): KubeObject {
  const stringData = object['stringData'];
  const given = Object.entries(isMap(stringData) ? stringData : {});
  const added = given.map(([key, value]): [string, string] => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data = { ...(isMap(object['data']) ? object['data'] : {}), ...Object.fromEntries(added) };
  const { apiVersion, kind, metadata } = object;
  const rest = omit(object, 'stringData');
  return { ...rest, apiVersion, kind, metadata, type: object['type'] ?? 'Opaque', data };
}

/** The object with what the API server fills in. A new object's status is the server's, except a Node's (set by its kubelet). */
export function withDefaults(resource: Resource, object: KubeObject, isNew: boolean): KubeObject {
  if (resource.kind === 'Secret' && resource.group === '') return withStringData(object);
  const result: KubeObject = { ...object };
  const spec = resource.builtIn ? withSpecDefaults(object) : object['spec'];
  if (spec !== undefined) result['spec'] = spec;
  if (isNew && resource.hasStatus && resource.kind !== 'Node') {
    delete result['status'];
    const status = resource.builtIn ? INITIAL_STATUS[resource.kind] : undefined;
    if (status !== undefined) result['status'] = status;
  }
  if (resource.kind === 'Namespace') {
    const labels = {
      ...object.metadata.labels,
      'kubernetes.io/metadata.name': object.metadata.name,
    };
    result.metadata = { ...object.metadata, labels };
  }
  return result;
}

/** Rules of validation that the rotation can run into. Throws 422. */
export function validate(resource: Resource, object: KubeObject, previous?: KubeObject): void {
  const { name } = object.metadata;
  if (!/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(name) || name.length > 253)
    throw invalid(resource, name, `metadata.name: Invalid value: "${name}"`);
  if (resource.kind !== 'Secret' || resource.group !== '') return;
  const data = object['data'];
  if (previous !== undefined && previous['type'] !== object['type'])
    throw invalid(
      resource,
      name,
      `type: Invalid value: "${String(object['type'])}": field is immutable`,
    );
  if (object['type'] !== 'kubernetes.io/tls') return;
  for (const key of ['tls.crt', 'tls.key'])
    if (!isMap(data) || data[key] === undefined)
      throw invalid(resource, name, `data[${key}]: Required value`);
}
