import type { ResourceStatus } from '../domain/resource/resource-status.ts';
import { rotationResource } from '../mesh/resource/rotation-resource.ts';
import type { StatusChange, StatusPublisher } from '../mesh/resource/status-publisher.ts';

/**
 * What the rotations of this worker tell, kept here and written nowhere: for the metrics of a worker that
 * reconciles no resource. It begins empty, and is whole again with the next thing that a rotation tells.
 */
export function keepStatus(onStatus: (status: ResourceStatus) => void): StatusPublisher {
  const resource = rotationResource.parse({ metadata: { uid: '', resourceVersion: '' } });
  let { status } = resource;
  const keep = (change: StatusChange): ResourceStatus => {
    status = change({ ...resource, status });
    onStatus(status);
    return status;
  };
  return {
    publish: (_kind, change) => {
      keep(change);
    },
    write: (change) => Promise.resolve(keep(change)),
    wake: () => undefined,
    close: () => Promise.resolve(),
  };
}
