import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { installGoCommand } from '../../../support/go-tool.ts';
import type { Manifest } from '../../../support/helm.ts';
import type { KubernetesSchemas } from './kubernetes-schemas.ts';
import { schemaKey } from './kubernetes-schemas.ts';

const run = promisify(execFile);
const fileName = '{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json';
const timeoutMs = 60_000;

const report = z.object({
  resources: z
    .array(z.object({ kind: z.string(), name: z.string(), status: z.string(), msg: z.string() }))
    .optional(),
});

export function installKubeconform(): Promise<string> {
  return installGoCommand({
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    version: 'v0.8.0',
  });
}

/**
 * What kubeconform finds wrong in the manifests, a line an object; nothing where all are valid. A kind
 * that `schemas` does not know is a finding.
 */
export async function findInvalid(
  kubeconform: string,
  schemas: KubernetesSchemas,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubeconform-'));
  try {
    for (const { apiVersion, kind } of manifests) {
      const key = schemaKey(apiVersion, kind);
      const schema = schemas.get(key);
      if (schema === undefined) continue;
      await writeFile(path.join(folder, `${key}.json`), JSON.stringify(schema));
    }
    const input = path.join(folder, 'manifests.json');
    // A list, because it reads one object of a JSON file and not what follows it.
    await writeFile(input, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
    const location = path.join(folder, fileName);
    const args = ['-strict', '-output', 'json', '-schema-location', location, input];
    const { stdout } = await run(kubeconform, args, { timeout: timeoutMs }).catch(orItsReport);
    const { resources = [] } = report.parse(JSON.parse(stdout));
    return resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With findings it ends with status 1, and reports all the same. */
function orItsReport(error: unknown): { readonly stdout: string } {
  const { stdout } = z.object({ stdout: z.string().min(1) }).parse(error);
  return { stdout };
}
