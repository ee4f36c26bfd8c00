import { isDeepStrictEqual } from 'node:util';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { StatusChange } from '../../mesh/resource/status-publisher.ts';
import type { OperatorParts } from './parts.ts';

/**
 * Only where it makes a difference to what the watch has shown: looking costs a request, too. Answers
 * with what stands there then.
 */
export async function writeDifference(
  { telling }: OperatorParts,
  resource: RotationResource,
  change: StatusChange,
): Promise<ResourceStatus> {
  if (isDeepStrictEqual(change(resource), resource.status)) return resource.status;
  return (await telling.publisher.write(change)) ?? resource.status;
}
