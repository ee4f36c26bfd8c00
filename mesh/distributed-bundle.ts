import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import type { BundleKeeper, BundleState } from './bundle-keeper.ts';
import type { BundleSecret } from './bundle-sources.ts';
import type { BundleTarget } from './bundle-target.ts';
import { judgeTarget, readOwnTarget, targetObject } from './bundle-target.ts';
import { condition, explainCondition, findCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import { redact } from './kubernetes/redact.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';
import type { LabelSelector } from './label-selector.ts';
import { labelSelector, selectorText } from './label-selector.ts';

const secretSource = z.object({
  name: z.string().optional(),
  selector: labelSelector.optional(),
  key: z.string().optional(),
});

const bundleObject = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    sources: z.array(z.object({ secret: secretSource.optional() })).default([]),
    target: z
      .object({
        configMap: z.object({ key: z.string() }).optional(),
        namespaceSelector: labelSelector.optional(),
      })
      .default({}),
  }),
  status: z.object({ conditions: z.array(condition).optional() }).default({}),
});

/**
 * trust-manager makes the bundle from a Bundle of the anchor Secrets, as Linkerd's guide sets it up. Its
 * status does not change with the content, so nothing but the targets counts.
 */
export const distributedBundle: BundleKeeper = {
  read: readDistributed,
  obstacles: ({ trustManager, bundle }, objects) => {
    if (trustManager === undefined) {
      const reason = 'its custom resources are not in the cluster';
      const remedy = "install it and set the mesh up as Linkerd's guide says";
      return [{ what: 'trust-manager', reason, remedy }];
    }
    if (bundle.bundle !== undefined) return [];
    return [
      {
        what: `Bundle ${objects.bundle}`,
        reason: 'does not exist, so nothing distributes a new anchor',
        remedy: "create it as Linkerd's guide says, or give the name that it has here",
      },
    ];
  },
  whenMissing: ({ bundle }, { bundle: name, linkerdNamespace }) =>
    bundle === undefined
      ? {
          happened: `neither it nor Bundle ${name}, from which trust-manager makes it, exists`,
          nextStep: `install trust-manager if it is missing, and create the Bundle as Linkerd's guide says`,
        }
      : {
          happened: 'it does not exist, so nothing in the mesh knows an anchor',
          nextStep: `check that Bundle ${name} selects namespace ${linkerdNamespace} by its labels, and that trust-manager runs ("kubectl describe bundle ${name}")`,
        },
};

export function bundleRef(objects: MeshObjects): ObjectRef {
  return { type: resources.bundles, name: objects.bundle };
}

/** The Bundle, and what lies in each namespace that it selects, the control plane's in any case. */
async function readDistributed(kube: Kube, objects: MeshObjects): Promise<BundleState> {
  const bundle = await kube.get(bundleRef(objects), bundleObject);
  const namespaceSelector = bundle?.spec.target.namespaceSelector;
  const [targets, wanted] = await Promise.all([
    readTargets(kube, objects),
    selectedNamespaces(kube, objects, namespaceSelector),
  ]);
  const held = new Set(targets.map(({ namespace }) => namespace));
  const synced = findCondition(bundle?.status.conditions, 'Synced');
  return {
    ...(bundle === undefined
      ? {}
      : {
          bundle: {
            synced: isTrue(synced) && synced?.observedGeneration === bundle.metadata.generation,
            detail: redact(explainCondition(synced)),
            sourceSecrets: bundle.spec.sources.flatMap(({ secret }) =>
              secret ? [secretOf(secret)] : [],
            ),
            ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
          },
        }),
    targets,
    missingIn: wanted.filter((namespace) => !held.has(namespace)),
  };
}

function secretOf({ name, selector, key }: z.infer<typeof secretSource>): BundleSecret {
  return {
    ...(name === undefined ? {} : { name }),
    ...(selector === undefined ? {} : { selector }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readTargets(kube: Kube, objects: MeshObjects): Promise<BundleTarget[]> {
  const labelled = await kube.list(resources.configMaps, targetObject, {
    name: objects.bundle,
    labelSelector: `${objects.bundleTargetLabel}=${objects.bundle}`,
  });
  const targets = await Promise.all(labelled.map((target) => judgeTarget(target, objects)));
  if (targets.some(({ namespace }) => namespace === objects.linkerdNamespace)) return targets;
  // The control plane reads this ConfigMap whoever wrote it, so it counts without the label too.
  const unlabelled = await readOwnTarget(kube, objects);
  return unlabelled === undefined ? targets : [...targets, unlabelled];
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
