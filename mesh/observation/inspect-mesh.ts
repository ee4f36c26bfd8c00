import type { InspectionFacts } from '../../domain/inspection.ts';
import { readBundle } from '../bundle.ts';
import type { Kube } from '../kubernetes/kube.ts';
import type { MeshQuestion } from './observe-mesh.ts';
import { observeMesh } from './observe-mesh.ts';
import type { Surveyor } from './survey.ts';
import { requireOwnBundle } from './trust-objects.ts';

/** What an inspection is made from; changes nothing. @throws as `observeMesh` */
export async function inspectMesh(
  { kube, surveyor }: { readonly kube: Kube; readonly surveyor: Surveyor },
  question: MeshQuestion,
): Promise<InspectionFacts> {
  const { objects, timings } = question;
  const { candidates, anchors, survey } = await observeMesh(surveyor, question);
  const bundle = requireOwnBundle(await readBundle(kube, objects), objects);
  return {
    objects,
    survey,
    anchors,
    bundled: bundle.certificates,
    issuerVerifiesUnder: candidates.issuerVerifiesUnder,
    settleMs: timings.settleMs,
  };
}
