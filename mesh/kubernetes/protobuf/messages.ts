import type { IField, IMapField, INamespace, IType } from 'protobufjs';
import protobuf from 'protobufjs/light.js';

/**
 * The parts of Kubernetes' messages that are read here, by their field numbers, which never change
 * (k8s.io/api `core/v1/generated.proto`, k8s.io/apimachinery `meta/v1` and `runtime`). Whatever has no
 * number here is skipped unread; `managedFields` and volumes alone are most of a pod.
 */
const namespace: INamespace = {
  nested: {
    Unknown: message({ typeMeta: [1, 'TypeMeta'], raw: [2, 'bytes'] }),
    TypeMeta: message({ apiVersion: 1, kind: 2 }),
    Status: message({ status: 2, message: 3, reason: 4 }),
    ListMeta: message({ resourceVersion: 2, continue: 3 }),
    Time: message({ seconds: [1, 'int64'] }),
    ObjectMeta: message({
      name: 1,
      namespace: 3,
      uid: 5,
      resourceVersion: 6,
      creationTimestamp: [8, 'Time'],
      deletionTimestamp: [9, 'Time'],
      labels: [11, 'map'],
      annotations: [12, 'map'],
      ownerReferences: [13, 'OwnerReference', 'repeated'],
    }),
    OwnerReference: message({ kind: 1, name: 3, controller: [6, 'bool'] }),
    PodList: message({ metadata: [1, 'ListMeta'], items: [2, 'Pod', 'repeated'] }),
    Pod: message({ metadata: [1, 'ObjectMeta'], spec: [2, 'PodSpec'], status: [3, 'PodStatus'] }),
    PodSpec: message({
      containers: [2, 'Container', 'repeated'],
      serviceAccountName: 8,
      initContainers: [20, 'Container', 'repeated'],
    }),
    Container: message({
      name: 1,
      args: [4, 'string', 'repeated'],
      ports: [6, 'ContainerPort', 'repeated'],
      env: [7, 'EnvVar', 'repeated'],
    }),
    ContainerPort: message({ name: 1, containerPort: [3, 'int32'] }),
    EnvVar: message({ name: 1, value: 2, valueFrom: [3, 'EnvVarSource'] }),
    EnvVarSource: message({ fieldRef: [1, 'ObjectFieldSelector'] }),
    ObjectFieldSelector: message({ fieldPath: 2 }),
    PodStatus: message({
      phase: 1,
      conditions: [2, 'PodCondition', 'repeated'],
      podIP: 6,
      containerStatuses: [8, 'ContainerStatus', 'repeated'],
      initContainerStatuses: [10, 'ContainerStatus', 'repeated'],
    }),
    PodCondition: message({
      type: 1,
      status: 2,
      reason: 5,
      message: 6,
      observedGeneration: [7, 'int64'],
    }),
    ContainerStatus: message({ name: 1, state: [2, 'ContainerState'], containerID: 8 }),
    ContainerState: message({ running: [2, 'ContainerStateRunning'] }),
    ContainerStateRunning: message({ startedAt: [1, 'Time'] }),
  },
};

export const messages = protobuf.Root.fromJSON(namespace);

/** A field's number, with its type where it is not a string; a map is one of strings. */
type FieldSpec = number | readonly [id: number, type: string, rule?: 'repeated'];

function message(fields: Readonly<Record<string, FieldSpec>>): IType {
  const described: Record<string, IField | IMapField> = {};
  for (const [name, spec] of Object.entries(fields)) {
    const [id, type = 'string', rule] = typeof spec === 'number' ? [spec] : spec;
    if (type === 'map') described[name] = { keyType: 'string', type: 'string', id };
    else described[name] = { id, type, ...(rule === undefined ? {} : { rule }) };
  }
  return { fields: described };
}
