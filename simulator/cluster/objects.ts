/**
 * The Kubernetes objects of the simulated cluster. Only fields that a simulated controller reads are
 * typed; everything else a client sends is stored and returned untouched.
 */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
  subresource?: string;
}

/** Nested `f:<name>` keys, as in `metadata.managedFields[].fieldsV1`. */
export interface FieldSet {
  [field: string]: FieldSet;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** An object as a client sends it for creation or apply: the server fills in the rest. */
export interface ObjectDraft {
  metadata: { [Member in keyof ObjectMeta]?: ObjectMeta[Member] | undefined };
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  observedGeneration?: number;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelRequirement[];
}

export interface LabelRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

interface PodSpec {
  nodeName?: string;
  terminationGracePeriodSeconds?: number;
  containers?: { name: string; ports?: { name?: string; containerPort: number }[] }[];
  affinity?: unknown;
  [field: string]: unknown;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: { phase?: string; podIP?: string; conditions?: Condition[] };
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean };
}

export interface Namespace extends KubeObject {
  status?: { phase?: string };
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** `data` holds base64, as on the wire. */
export interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

interface WorkloadSpec {
  replicas?: number;
  selector: LabelSelector;
  template: PodTemplate;
}

export interface RollingUpdate {
  maxSurge?: number | string;
  maxUnavailable?: number | string;
  partition?: number;
}

export interface ReplicaSet extends KubeObject {
  spec: WorkloadSpec;
  status?: {
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    observedGeneration?: number;
    conditions?: Condition[];
  };
}

export interface Deployment extends KubeObject {
  spec: WorkloadSpec & {
    paused?: boolean;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    strategy?: { type?: string; rollingUpdate?: RollingUpdate };
  };
  status?: Record<string, unknown> & { conditions?: Condition[]; updatedReplicas?: number };
}

export interface StatefulSet extends KubeObject {
  spec: WorkloadSpec & {
    podManagementPolicy?: string;
    updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
  };
  status?: Record<string, unknown> & { currentRevision?: string };
}

export interface DaemonSet extends KubeObject {
  spec: WorkloadSpec & { updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate } };
  status?: Record<string, unknown>;
}

/** A remembered pod template: what a StatefulSet below its partition goes on creating. */
export interface ControllerRevision extends KubeObject {
  data: { template: PodTemplate };
  revision: number;
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    scope: string;
    names: { plural: string; kind: string };
    versions: { name: string; subresources?: { status?: object } }[];
  };
}

export interface MutatingWebhook {
  name: string;
  clientConfig: { url: string; caBundle?: string };
  rules?: { operations: string[]; apiGroups: string[]; resources: string[] }[];
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  failurePolicy?: 'Fail' | 'Ignore';
  timeoutSeconds?: number;
}

export interface MutatingWebhookConfiguration extends KubeObject {
  webhooks?: MutatingWebhook[];
}
