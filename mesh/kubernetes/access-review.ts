import { z } from 'zod';
import type { AccessRight } from './kube.ts';
import type { Operation } from './operation.ts';
import { parseAnswer } from './parse-answer.ts';
import { apiVersion, collectionPath, resources } from './resources.ts';
import type { Transport } from './transport.ts';

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * Whether we have a right, by SelfSubjectAccessReview, which every authenticated user may create
 * (ClusterRole `system:basic-user`).
 * @throws KubernetesError
 */
export async function isAllowed(
  transport: Pick<Transport, 'send'>,
  { verb, path, group, resource, subresource, namespace, name }: AccessRight,
): Promise<boolean> {
  // The right alone: the API server refuses a review with fields it does not know.
  const spec =
    path === undefined
      ? { resourceAttributes: { verb, group, resource, subresource, namespace, name } }
      : { nonResourceAttributes: { verb, path } };
  const type = resources.selfSubjectAccessReviews;
  const operation: Operation = { verb: 'create', type };
  const { body } = await transport.send({
    operation,
    method: 'POST',
    path: collectionPath(type),
    body: {
      apiVersion: apiVersion(type),
      kind: type.kind,
      spec,
    },
  });
  return parseAnswer(operation, body, review).status.allowed;
}
