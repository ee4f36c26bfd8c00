import { z } from 'zod';
import type { FollowOptions } from './kube.ts';
import type { Operation } from './operation.ts';
import { parseAnswer } from './parse-answer.ts';
import type { ObjectRef } from './resources.ts';
import { collectionPath } from './resources.ts';
import type { Transport } from './transport.ts';

const watchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
});

/** A server that has gone without a word does not end its watch; this long after its time we do. */
const graceMs = 15_000;

/**
 * See `Kube.follow`. A list begins it, whose version the watch goes on from: the version of an object
 * that has not changed for long is too old for any watch.
 */
export async function* followObject<T>(
  transport: Transport,
  ref: ObjectRef,
  options: FollowOptions & { readonly schema: z.ZodType<T> },
): AsyncGenerator<T | undefined> {
  const { type, namespace, name } = ref;
  const { schema, atMostMs, signal } = options;
  const path = collectionPath(type, namespace);
  const fieldSelector = `metadata.name=${name}`;
  const listing: Operation = { verb: 'list', type, namespace, name };
  const page = z.object({
    metadata: z.object({ resourceVersion: z.string() }),
    items: z.array(schema).nullable(),
  });
  const listed = await transport.send({
    operation: listing,
    method: 'GET',
    path,
    query: { fieldSelector },
  });
  const { metadata, items } = parseAnswer(listing, listed.body, page);
  yield items?.[0];

  const operation: Operation = { verb: 'watch', type, namespace, name };
  const lines = transport.stream(
    {
      operation,
      method: 'GET',
      path,
      query: {
        watch: 'true',
        fieldSelector,
        resourceVersion: metadata.resourceVersion,
        timeoutSeconds: String(Math.ceil(atMostMs / 1_000)),
      },
    },
    AbortSignal.any([signal, AbortSignal.timeout(atMostMs + graceMs)]),
  );
  const carrier = z.object({ object: schema });
  for await (const line of lines) {
    if (line === '') continue;
    const event = parseAnswer(operation, line, watchEvent);
    // The version has become too old, or the server is about to go: a new list tells what is.
    if (event.type === 'ERROR') return;
    if (event.type === 'BOOKMARK') continue;
    yield event.type === 'DELETED' ? undefined : parseAnswer(operation, line, carrier).object;
  }
}
