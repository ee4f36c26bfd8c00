import { createHash } from 'node:crypto';
import { kubernetesTime } from '../../domain/resource/conditions.ts';
import type { ResourceEvent } from '../../domain/resource/resource-events.ts';
import { resourceName } from '../../domain/resource/rotation-resource.ts';
import { isConflict } from '../kubernetes/errors.ts';
import { fieldManager } from '../kubernetes/create-kube.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { apiVersion, resources } from '../kubernetes/resources.ts';
import { eventNamespace } from './resource-ref.ts';

/** What Kubernetes allows a message of an Event to be. */
const maxMessage = 1_024;

/** Tells of something that happened to the resource; told before, it is not told again. */
export async function recordEvent(
  kube: Kube,
  resource: { readonly uid: string },
  event: ResourceEvent,
): Promise<void> {
  const type = resources.trustAnchorRotations;
  const at = kubernetesTime(event.at);
  try {
    await kube.create(
      { type: resources.events, namespace: eventNamespace, name: eventName(resource.uid, event) },
      {
        involvedObject: {
          apiVersion: apiVersion(type),
          kind: type.kind,
          name: resourceName,
          uid: resource.uid,
        },
        type: event.type,
        reason: event.reason,
        message: event.message.slice(0, maxMessage),
        source: { component: fieldManager },
        reportingComponent: fieldManager,
        reportingInstance: fieldManager,
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      },
    );
  } catch (error) {
    if (isConflict(error) && error.alreadyExists) return;
    throw error;
  }
}

function eventName(uid: string, { key }: ResourceEvent): string {
  const hash = createHash('sha256').update(`${uid}/${key}`).digest('hex').slice(0, 24);
  return `${resourceName}.${hash}`;
}
