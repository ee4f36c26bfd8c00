import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import type { BundleText } from './bundle-text.ts';
import { parseBundle } from './bundle-text.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

const managedFields = z.object({
  manager: z.string().default(''),
  operation: z.string().default(''),
  time: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).optional(),
});

/** A ConfigMap with the bundle, as far as it is looked at. */
export const targetObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string().optional(),
    ownerReferences: z.array(z.object({ kind: z.string() })).optional(),
    managedFields: z.array(managedFields).optional(),
  }),
  data: z.record(z.string(), z.string()).optional(),
});
type TargetObject = z.infer<typeof targetObject>;

/** One who owns the data key, as `managedFields` has it: the same name by apply and by update is two. */
export interface FieldWriter {
  readonly manager: string;
  readonly operation: string;
}

/** The bundle as it lies in one namespace. */
export interface BundleTarget extends BundleText {
  readonly namespace: string;
  readonly pem: string;
  readonly resourceVersion: string;
  /** When the data key was written last, ISO 8601 in UTC; absent when the object does not say. */
  readonly lastChanged?: string;
  readonly writers: readonly FieldWriter[];
  /** Belongs to a Bundle, and goes with it. */
  readonly isDistributed: boolean;
}

/** The ConfigMap that the control plane reads, whoever wrote it. */
export function ownTargetRef({ linkerdNamespace, bundle }: MeshObjects): ObjectRef {
  return { type: resources.configMaps, namespace: linkerdNamespace, name: bundle };
}

export async function readOwnTarget(
  kube: Kube,
  objects: MeshObjects,
): Promise<BundleTarget | undefined> {
  const target = await kube.get(ownTargetRef(objects), targetObject);
  return target === undefined ? undefined : judgeTarget(target, objects);
}

export async function judgeTarget(
  target: TargetObject,
  { bundleKey: key }: MeshObjects,
): Promise<BundleTarget> {
  const { namespace, resourceVersion, ownerReferences = [] } = target.metadata;
  const pem = target.data?.[key] ?? '';
  const lastChanged = dataChangedAt(target, key);
  return {
    ...(await parseBundle(pem)),
    namespace,
    pem,
    resourceVersion,
    ...(lastChanged === undefined ? {} : { lastChanged }),
    writers: writesOf(target, key).map(({ manager, operation }) => ({ manager, operation })),
    isDistributed: ownerReferences.some(({ kind }) => kind === 'Bundle'),
  };
}

/** The newest write of the data key, as `managedFields` has it; else the creation. */
function dataChangedAt(target: TargetObject, key: string): string | undefined {
  const times = writesOf(target, key).flatMap(({ time }) => (time === undefined ? [] : [time]));
  return times.toSorted().at(-1) ?? target.metadata.creationTimestamp;
}

function writesOf({ metadata }: TargetObject, key: string): z.infer<typeof managedFields>[] {
  return (metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const data = z.record(z.string(), z.unknown()).safeParse(fieldsV1?.['f:data']);
    return data.success && `f:${key}` in data.data;
  });
}
