import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { componentsFolder } from '../../../real-cluster/components-binary.ts';
import type { Crd } from '../../../real-cluster/custom-resource-definitions.ts';
import {
  crdsIn,
  customResourceDefinitions,
} from '../../../real-cluster/custom-resource-definitions.ts';
import { goModuleFolder } from '../../../support/go-tool.ts';

const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator';
const prometheusOperatorVersion = 'v0.89.0';
const metadataType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const gvk = z.object({ group: z.string(), version: z.string(), kind: z.string() });
const definition = z.looseObject({ 'x-kubernetes-group-version-kind': z.array(gvk).optional() });
const openApi = z.object({ definitions: z.record(z.string(), definition) });
const crdSpec = z.object({
  group: z.string(),
  names: z.object({ kind: z.string() }),
  versions: z.array(
    z.object({
      name: z.string(),
      schema: z.object({
        openAPIV3Schema: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
      }),
    }),
  ),
});

type Json = Readonly<Record<string, unknown>>;
type Definitions = z.infer<typeof openApi>['definitions'];

/** One JSON Schema a kind, by {@link schemaKey}: fields that Kubernetes does not know are refused. */
export type KubernetesSchemas = ReadonlyMap<string, Json>;

/** As kubeconform's template says it: the group (for the core, its version), the version, the kind. */
export function schemaKey(apiVersion: string, kind: string): string {
  const parts = apiVersion.split('/');
  return `${parts[0] ?? ''}_${parts.at(-1) ?? ''}_${kind.toLowerCase()}`;
}

/**
 * Of all kinds of Kubernetes' own OpenAPI document, of the CRDs of cert-manager, trust-manager and the
 * Prometheus operator, and of `moreCrds`; all as their released Go modules carry them.
 *
 * @throws {GoToolMissingError} without Go, or without a way to the modules.
 */
export async function kubernetesSchemas(moreCrds: readonly Crd[] = []): Promise<KubernetesSchemas> {
  const kubernetes = await goModuleFolder('k8s.io/kubernetes', { folder: componentsFolder });
  const text = await readFile(path.join(kubernetes, 'api/openapi-spec/swagger.json'), 'utf8');
  const { definitions } = openApi.parse(JSON.parse(text));
  const operator = await goModuleFolder(prometheusOperator, { version: prometheusOperatorVersion });
  const crds = [
    ...(await customResourceDefinitions()),
    ...(await crdsIn(path.join(operator, 'example/prometheus-operator-crd'))),
    ...moreCrds,
  ];
  return new Map([
    ...ofDefinitions(definitions),
    ...crds.flatMap((crd) => ofCrd(crd, definitions)),
  ]);
}

function ofDefinitions(definitions: Definitions): readonly (readonly [string, Json])[] {
  return Object.entries(definitions).flatMap(([name, { ...fields }]) =>
    (fields['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }) => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const schema = { $ref: `#/definitions/${name}`, definitions: reachable(name, definitions) };
      return [schemaKey(apiVersion, kind), schema] as const;
    }),
  );
}

function ofCrd(crd: Crd, definitions: Definitions): readonly (readonly [string, Json])[] {
  const { group, names, versions } = crdSpec.parse(crd['spec']);
  return versions.map(({ name, schema }) => {
    const { properties } = schema.openAPIV3Schema;
    const metadata = { $ref: `#/definitions/${metadataType}` };
    const whole = { ...schema.openAPIV3Schema, properties: { ...properties, metadata } };
    const closed = z.looseObject({}).parse(strict(whole));
    const used = reachable(metadataType, definitions);
    return [schemaKey(`${group}/${name}`, names.kind), { ...closed, definitions: used }] as const;
  });
}

/** The definition and all that it refers to. */
function reachable(root: string, definitions: Definitions): Json {
  const found: Record<string, unknown> = {};
  const waiting = [root];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in found) continue;
    const schema = strict(definitions[name]);
    found[name] = schema;
    const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g);
    waiting.push(...[...references].map(([, reference = '']) => reference));
  }
  return found;
}

/** What OpenAPI leaves to Kubernetes, said in JSON Schema: no unknown fields; numbers as quantities. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields: Json = { ...schema };
  if (fields['x-kubernetes-int-or-string'] === true || fields['format'] === 'int-or-string') {
    return { type: ['integer', 'string'] };
  }
  const inner = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, strict(value)]),
  );
  const isClosed =
    fields['type'] === 'object' &&
    typeof fields['properties'] === 'object' &&
    !('additionalProperties' in fields) &&
    fields['x-kubernetes-preserve-unknown-fields'] !== true;
  return isClosed ? { ...inner, additionalProperties: false } : inner;
}
