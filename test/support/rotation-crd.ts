import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { RawObject } from '../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../mesh/kubernetes/kube.ts';

const file = new URL(
  '../../deploy/charts/trust-rotation-crds/templates/trustanchorrotations.yaml',
  import.meta.url,
);

/** The CustomResourceDefinition as its chart installs it. */
export async function readCrd(): Promise<RawObject> {
  return rawObject.parse(parse(await readFile(file, 'utf8')));
}
