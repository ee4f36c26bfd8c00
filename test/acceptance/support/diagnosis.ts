import { z } from 'zod';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { Bench } from './bench.ts';

const shownProblems = 15;
const shownCharacters = 300;

const podSight = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string().optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().nullish() }))
      .default([]),
  }),
});
type PodSight = z.infer<typeof podSight>;

/** Prints what a failure of a scenario can be understood by, for its cluster is gone when somebody reads it. */
export async function tellOf({ kube, mesh }: Pick<Bench, 'kube' | 'mesh'>): Promise<void> {
  const pods = await kube
    .list(resources.pods, podSight)
    .then((all) => all.filter(isUnwell).map(describePod))
    .catch((error: unknown) => [`pods cannot be listed: ${String(error)}`]);
  const problems = mesh.problems().slice(-shownProblems).map(describeProblem);
  const { phases } = mesh.traffic.snapshot();
  const failures = Object.entries(phases).flatMap(([phase, { failures: failed }]) =>
    failed.slice(-shownProblems).map((failure) => `${phase}: ${JSON.stringify(failure)}`),
  );
  const lines = [
    ...['Pods that are not ready:', ...pods],
    ...['What went wrong in the mesh at last:', ...problems],
    ...['Handshakes that failed:', ...failures],
  ];
  process.stdout.write(`${lines.map((line) => line.slice(0, shownCharacters)).join('\n  ')}\n`);
}

function isUnwell({ metadata, status }: PodSight): boolean {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp !== undefined || ready?.status !== 'True';
}

function describePod({ metadata, spec, status }: PodSight): string {
  const ending = metadata.deletionTimestamp === undefined ? '' : ', ending';
  const open = status.conditions
    .filter((condition) => condition.status !== 'True')
    .map(({ type, message }) => `${type}: ${message ?? ''}`);
  const where = spec.nodeName ?? 'no node';
  return `${metadata.namespace}/${metadata.name} on ${where}, ${status.phase ?? ''}${ending}: ${open.join('; ')}`;
}

function describeProblem({
  at,
  message,
  cause,
}: ReturnType<Bench['mesh']['problems']>[number]): string {
  return `${at} ${message}: ${String(cause)}`;
}
