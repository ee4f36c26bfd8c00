import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import type { BundleText } from './bundle-text.ts';
import { explainHazard, parseBundle } from './bundle-text.ts';
import { condition, explainCondition, findCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import { redact } from './kubernetes/redact.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject, resources } from './kubernetes/resources.ts';
import type { LabelSelector } from './label-selector.ts';
import { labelSelector, selectorText } from './label-selector.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

const bundleObject = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    sources: z
      .array(z.object({ secret: z.object({ name: z.string().optional() }).optional() }))
      .default([]),
    target: z
      .object({
        configMap: z.object({ key: z.string() }).optional(),
        namespaceSelector: labelSelector.optional(),
      })
      .default({}),
  }),
  status: z.object({ conditions: z.array(condition).optional() }).default({}),
});

const targetObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string().optional(),
    managedFields: z
      .array(
        z.object({
          time: z.string().optional(),
          fieldsV1: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  }),
  data: z.record(z.string(), z.string()).optional(),
});

/** The bundle as it lies in one namespace. */
export interface BundleTarget extends BundleText {
  readonly namespace: string;
  readonly pem: string;
  readonly resourceVersion: string;
  /** When the data key was written last, ISO 8601 in UTC; absent when the object does not say. */
  readonly lastChanged?: string;
}

export interface BundleState {
  /** Absent: there is no Bundle, or trust-manager is not installed. */
  readonly bundle?: {
    /** Synced at its present generation. Says nothing about content: only the targets do. */
    readonly synced: boolean;
    readonly detail: string;
    /** Names of the Secrets that it takes certificates from; absent: it chooses them by labels. */
    readonly sourceSecrets?: readonly string[];
    readonly namespaceSelector?: LabelSelector;
  };
  readonly targets: readonly BundleTarget[];
  /** Namespaces that the Bundle selects and that hold no target, the control plane's included. */
  readonly missingIn: readonly string[];
}

/** The trust bundle is not distributed by a Bundle of trust-manager. */
export class BundleMissingError extends Error {
  override readonly name = 'BundleMissingError';
}

/**
 * Reads the Bundle and what lies in each namespace it selects, the control plane's in any case.
 * trust-manager's status does not change with the content, so nothing but the targets counts.
 */
export async function readBundle(kube: Kube, objects: MeshObjects): Promise<BundleState> {
  const bundle = await kube.get(bundleRef(objects), bundleObject);
  const [targets, wanted] = await Promise.all([
    readTargets(kube, objects),
    selectedNamespaces(kube, objects, bundle?.spec.target.namespaceSelector),
  ]);
  const held = new Set(targets.map(({ namespace }) => namespace));
  const synced = findCondition(bundle?.status.conditions, 'Synced');
  const namespaceSelector = bundle?.spec.target.namespaceSelector;
  return {
    ...(bundle === undefined
      ? {}
      : {
          bundle: {
            synced: isTrue(synced) && synced?.observedGeneration === bundle.metadata.generation,
            detail: redact(explainCondition(synced)),
            ...sourcesOf(bundle),
            ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
          },
        }),
    targets,
    missingIn: wanted.filter((namespace) => !held.has(namespace)),
  };
}

function sourcesOf({ spec }: z.infer<typeof bundleObject>): {
  readonly sourceSecrets?: readonly string[];
} {
  const secrets = spec.sources.flatMap(({ secret }) => secret ?? []);
  const names = secrets.flatMap(({ name }) => name ?? []);
  return names.length === secrets.length ? { sourceSecrets: names } : {};
}

/**
 * Waits until every target holds exactly these certificates in a text that Linkerd can read.
 * @throws BundleMissingError when nothing distributes it; DeadlineError naming the namespaces.
 */
export async function waitForBundle(
  kube: Kube,
  objects: MeshObjects,
  options: WaitOptions & { readonly fingerprints: readonly string[] },
): Promise<BundleState> {
  const wanted = options.fingerprints.toSorted();
  const what = `the trust bundle to hold exactly ${String(wanted.length)} wanted anchor(s) everywhere`;
  return waitFor(what, options, async () => {
    const state = await readBundle(kube, objects);
    if (state.bundle === undefined) throw bundleMissing(objects);
    const laggards = bundleLaggards(state, wanted);
    return laggards.length === 0
      ? { done: true, value: state }
      : { done: false, progress: laggards.slice(0, 5).join('; ') };
  });
}

/** What differs from the wanted set, one text a namespace; [] when nothing does. */
export function bundleLaggards(
  state: BundleState,
  fingerprints: readonly string[],
): readonly string[] {
  const wanted = fingerprints.toSorted().join();
  const differing = state.targets.flatMap((target) => {
    if (target.fatal) {
      return [`namespace ${target.namespace}: ${target.hazards.map(explainHazard).join(', ')}`];
    }
    return target.fingerprints.join() === wanted
      ? []
      : [
          `namespace ${target.namespace} holds ${String(target.fingerprints.length)} other anchor(s)`,
        ];
  });
  const missing = state.missingIn.map((namespace) => `namespace ${namespace} has no bundle yet`);
  const all = [...differing, ...missing];
  if (all.length === 0) return all;
  return [...all, `the Bundle says ${state.bundle?.detail ?? 'nothing, it does not exist'}`];
}

export function bundleMissing(objects: MeshObjects): BundleMissingError {
  return new BundleMissingError(
    `${describeObject(bundleRef(objects))} does not exist, or trust-manager is not installed: nothing distributes the trust bundle. Next step: install trust-manager and create the Bundle as Linkerd's guide says.`,
  );
}

function bundleRef(objects: MeshObjects): ObjectRef {
  return { type: resources.bundles, name: objects.bundle };
}

async function readTargets(kube: Kube, objects: MeshObjects): Promise<BundleTarget[]> {
  const own = await kube.list(resources.configMaps, targetObject, {
    name: objects.bundle,
    labelSelector: `${objects.bundleTargetLabel}=${objects.bundle}`,
  });
  // The control plane reads this ConfigMap whoever wrote it, so it counts without the label too.
  if (!own.some(({ metadata }) => metadata.namespace === objects.linkerdNamespace)) {
    const ref = {
      type: resources.configMaps,
      namespace: objects.linkerdNamespace,
      name: objects.bundle,
    };
    const unlabelled = await kube.get(ref, targetObject);
    if (unlabelled !== undefined) own.push(unlabelled);
  }
  return Promise.all(own.map((target) => judgeTarget(target, objects.bundleKey)));
}

async function judgeTarget(
  target: z.infer<typeof targetObject>,
  key: string,
): Promise<BundleTarget> {
  const { namespace, resourceVersion } = target.metadata;
  const pem = target.data?.[key] ?? '';
  const lastChanged = dataChangedAt(target, key);
  return {
    ...(await parseBundle(pem)),
    namespace,
    pem,
    resourceVersion,
    ...(lastChanged === undefined ? {} : { lastChanged }),
  };
}

/** The newest write of the data key, as `managedFields` has it; else the creation. */
function dataChangedAt(target: z.infer<typeof targetObject>, key: string): string | undefined {
  const times = (target.metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => ownsDataKey(fieldsV1, key))
    .flatMap(({ time }) => (time === undefined ? [] : [time]));
  return times.toSorted().at(-1) ?? target.metadata.creationTimestamp;
}

function ownsDataKey(fields: Record<string, unknown> | undefined, key: string): boolean {
  const data = z.record(z.string(), z.unknown()).safeParse(fields?.['f:data']);
  return data.success && `f:${key}` in data.data;
}

async function selectedNamespaces(
  kube: Kube,
  objects: MeshObjects,
  selector: LabelSelector | undefined,
): Promise<string[]> {
  const namespaceObject = z.object({
    metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  });
  const text = selector === undefined ? undefined : selectorText(selector);
  const namespaces = await kube.list(resources.namespaces, namespaceObject, {
    ...(text === undefined || text === '' ? {} : { labelSelector: text }),
  });
  const names = namespaces
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
  return [...new Set([objects.linkerdNamespace, ...names])];
}
