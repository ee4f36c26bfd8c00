import type { ClusterApi } from '../api/cluster-api.ts';
import { stableHash } from '../names.ts';
import type { ControllerRevision, DaemonSet, PodTemplate, StatefulSet } from '../objects.ts';
import { CONTROLLER_REVISIONS } from '../resources.ts';
import { MANAGER, controllerReference } from './pods.ts';

/** On each pod of a StatefulSet or DaemonSet: the revision of the template it was made from. */
export const REVISION_LABEL = 'controller-revision-hash';

function history(api: ClusterApi, uid: string): ControllerRevision[] {
  return api.store.ownedBy(uid, CONTROLLER_REVISIONS).sort((a, b) => a.revision - b.revision);
}

/** The name of the workload's current template, which is remembered as a ControllerRevision. */
export async function recordRevision(
  api: ClusterApi,
  workload: StatefulSet | DaemonSet,
): Promise<string> {
  const { template } = workload.spec;
  const { name: owner, namespace, uid } = workload.metadata;
  const name = `${owner}-${stableHash(template)}`;
  const known = history(api, uid);
  const latest = known.at(-1);
  const revision = (latest?.revision ?? 0) + 1;
  const existing = known.find(({ metadata }) => metadata.name === name);
  const place = { name, namespace };
  if (existing === undefined) {
    const metadata = { ...place, ownerReferences: [controllerReference(workload)] };
    await api.create(
      CONTROLLER_REVISIONS,
      { metadata, data: { template }, revision },
      { manager: MANAGER },
    );
  } else if (existing !== latest) {
    const edit = (draft: ControllerRevision) => {
      draft.revision = revision;
    };
    api.modify(CONTROLLER_REVISIONS, place, { manager: MANAGER, edit });
  }
  return name;
}

/** The template of a revision; the workload's own when it is no longer known. */
export function templateOf(api: ClusterApi, workload: StatefulSet, revision: string): PodTemplate {
  const known = history(api, workload.metadata.uid).find(
    ({ metadata }) => metadata.name === revision,
  );
  return known?.data.template ?? workload.spec.template;
}
