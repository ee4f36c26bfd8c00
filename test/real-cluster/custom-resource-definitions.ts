import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { ensureObject } from '../../simulator/mesh/kube/apply-object.ts';
import type { KubeApi } from '../../simulator/mesh/kube/kube-api.ts';
import { goModuleFolder } from '../support/go-tool.ts';
import { componentsFolder, componentsPath } from './components-binary.ts';

const modules = [
  'github.com/cert-manager/cert-manager',
  'github.com/cert-manager/trust-manager',
] as const;
const establishTimeoutMs = 20_000;

export const customResourceDefinition = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({ name: z.string() }),
});
const established = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
  }),
});

export type Crd = z.infer<typeof customResourceDefinition>;

/**
 * The CRDs of cert-manager and trust-manager as their own modules carry them. They are kept beside the
 * program of the same modules: whoever has both needs no Go.
 */
export async function customResourceDefinitions(): Promise<readonly Crd[]> {
  return keptDefinitions(`${await componentsPath()}.crds.json`, definitionsOfModules);
}

/** What `file` holds; at first, what `fetch` brings. */
export async function keptDefinitions(
  file: string,
  fetch: () => Promise<readonly Crd[]>,
): Promise<readonly Crd[]> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return z.array(customResourceDefinition).parse(JSON.parse(kept));
  const crds = await fetch();
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${String(process.pid)}`;
  try {
    await writeFile(unfinished, JSON.stringify(crds));
    // Others may fetch at the same time; the rename publishes a whole file.
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  return crds;
}

async function definitionsOfModules(): Promise<readonly Crd[]> {
  const crds: Crd[] = [];
  for (const name of modules) {
    const module = await goModuleFolder(name, { folder: componentsFolder });
    crds.push(...(await crdsIn(path.join(module, 'deploy/crds'))));
  }
  return crds;
}

/** Of a folder with one CRD a file. */
export async function crdsIn(folder: string): Promise<readonly Crd[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts.map((text) => customResourceDefinition.parse(parse(text)));
}

/** Installs them and waits until the API server serves their types. */
export async function installCustomResourceDefinitions(
  api: KubeApi,
  crds: readonly Crd[],
): Promise<void> {
  await Promise.all(crds.map((crd) => ensureObject(api, crd)));
  const deadlineMs = Date.now() + establishTimeoutMs;
  for (const { metadata } of crds) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
    while (!isEstablished(await api.get(path))) {
      if (Date.now() > deadlineMs) throw new Error(`${metadata.name} was not established in time`);
      await delay(50);
    }
  }
}

function isEstablished(crd: unknown): boolean {
  const conditions = established.safeParse(crd).data?.status.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

const versionLabel = 'app.kubernetes.io/version';
const certificateVersions = z.looseObject({
  versions: z.array(
    z.looseObject({
      schema: z.looseObject({
        openAPIV3Schema: z.looseObject({
          properties: z.looseObject({
            spec: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
          }),
        }),
      }),
    }),
  ),
});

/** The Certificate CRD as cert-manager had it before 1.21: the API server drops `spec.renewal`. */
export function withoutRenewalField(crd: Crd): Crd {
  if (crd.metadata.name !== 'certificates.cert-manager.io') return crd;
  const changed = structuredClone(crd);
  const { versions } = certificateVersions.parse(changed['spec']);
  for (const { schema } of versions) {
    delete schema.openAPIV3Schema.properties.spec.properties['renewal'];
  }
  const labels = z.record(z.string(), z.string()).optional().parse(changed.metadata['labels']);
  return {
    ...changed,
    metadata: { ...changed.metadata, labels: { ...labels, [versionLabel]: 'v1.20.2' } },
    spec: { ...z.looseObject({}).parse(changed['spec']), versions },
  };
}
