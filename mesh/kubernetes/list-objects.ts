import { z } from 'zod';
import { CacheBehindError, GoneError } from './errors.ts';
import type { ListOptions } from './kube.ts';
import type { Operation } from './operation.ts';
import { parseAnswer } from './parse-answer.ts';
import { protobufMediaType } from './protobuf/decode.ts';
import type { ResourceType } from './resources.ts';
import { collectionPath } from './resources.ts';
import type { Transport } from './transport.ts';

/** Objects a page: 500 is kubectl's own figure, some megabytes of pods. */
const pageSize = 500;
/**
 * How often a list is begun anew after its continue token expired, which happens to a list of minutes, or
 * where the API server's cache lagged behind, which is over soon.
 */
const maxListAttempts = 3;

/** See `Kube.list`. */
export async function listObjects<T>(
  transport: Transport,
  type: ResourceType,
  options: ListOptions & { readonly schema: z.ZodType<T> },
): Promise<T[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listOnce(transport, type, options);
    } catch (error) {
      // The fresh token in a 410 continues an inconsistent list; beginning anew is the honest way.
      const mayBeBegunAnew = error instanceof GoneError || error instanceof CacheBehindError;
      if (!mayBeBegunAnew || attempt === maxListAttempts) throw error;
    }
  }
}

function acceptedFormats({ metadataOnly, compact }: ListOptions): string {
  if (metadataOnly === true) {
    return 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
  }
  const json = 'application/json';
  return compact === true ? `${protobufMediaType}, ${json}` : json;
}

async function listOnce<T>(
  transport: Transport,
  type: ResourceType,
  options: ListOptions & { readonly schema: z.ZodType<T> },
): Promise<T[]> {
  const { name } = options;
  const operation: Operation = { verb: 'list', type, namespace: options.namespace, name };
  const page = z.object({
    metadata: z.object({ continue: z.string().optional() }).optional(),
    // Go writes no list as null in JSON, and an empty one not at all in protobuf.
    items: z.array(options.schema).nullish(),
  });
  const items: T[] = [];
  let token: string | undefined;
  do {
    const { body } = await transport.send({
      operation,
      method: 'GET',
      path: collectionPath(type, options.namespace),
      query: {
        limit: String(pageSize),
        continue: token,
        labelSelector: options.labelSelector,
        // The API server takes the name of the request from here, and so do its roles.
        fieldSelector: name === undefined ? undefined : `metadata.name=${name}`,
      },
      accept: acceptedFormats(options),
    });
    const parsed = parseAnswer(operation, body, page);
    items.push(...(parsed.items ?? []));
    token = parsed.metadata?.continue === '' ? undefined : parsed.metadata?.continue;
    options.onPage?.(items.length);
  } while (token !== undefined);
  return items;
}
