import type { MeshObjects } from '../../domain/objects.ts';
import type { ProbeName } from './probe.ts';

const probeNames: readonly ProbeName[] = ['a', 'b', 'x'];

/** Name of the Issuer, in the trust namespace, that signs the trial CA of a probe. */
export function probeIssuerName(objects: MeshObjects, name: ProbeName): string {
  return `${objects.probe}-${name}`;
}

/** The names of all of them. */
export function probeIssuerNames(objects: MeshObjects): readonly string[] {
  return probeNames.map((name) => probeIssuerName(objects, name));
}
