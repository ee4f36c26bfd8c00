import type { ServerResponse } from 'node:http';
import { KubeError } from '../kube-error.ts';
import type { KubeObject } from '../objects.ts';
import type { Store, StoreEvent } from '../store.ts';
import { createFilter } from './lists.ts';
import { toPartialMetadata } from './representations.ts';
import type { RequestTarget } from './request-target.ts';

/** Kubernetes ends a watch without timeoutSeconds after 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 1800;

interface WatchRequest {
  target: RequestTarget;
  query: URLSearchParams;
  metadataOnly: boolean;
}

function expired(version: string): KubeError {
  return new KubeError(410, 'Expired', { message: `too old resource version: ${version}` });
}

/** Streams changes as JSON lines until the timeout, the client's end or `response.end()`. */
export function serveWatch(store: Store, request: WatchRequest, response: ServerResponse): void {
  const { target, query, metadataOnly } = request;
  const matches = createFilter(target, query);
  const version = query.get('resourceVersion') ?? '';
  response.writeHead(200, { 'content-type': 'application/json' });
  // The head must go out before the first event, or a client of a quiet resource waits for its response.
  response.flushHeaders();

  function send(type: string, object: KubeObject | object): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
  function sendObject(type: string, object: KubeObject): void {
    send(type, metadataOnly ? toPartialMetadata(object) : object);
  }
  function onEvent(event: StoreEvent): void {
    // It is closed only when the client has read the rest, which may take it a while.
    if (response.writableEnded) return;
    const { resource, object, previous } = event;
    if (resource.group !== target.resource.group || resource.plural !== target.resource.plural)
      return;
    const isIn = event.type !== 'DELETED' && matches(object);
    const wasIn = previous !== undefined && matches(previous);
    // An object whose labels leave the selector is deleted for this watcher, and added when they enter it.
    if (isIn) sendObject(wasIn ? 'MODIFIED' : 'ADDED', object);
    else if (wasIn) sendObject('DELETED', object);
  }

  if (version === '' || version === '0') {
    for (const object of store.list(target.resource, target.namespace).filter(matches))
      sendObject('ADDED', object);
  } else {
    const missed = store.since(Number(version));
    if (missed === undefined) {
      send('ERROR', expired(version).toStatus());
      response.end();
      return;
    }
    missed.forEach(onEvent);
  }
  const unsubscribe = store.subscribe(onEvent);
  const seconds = Number(query.get('timeoutSeconds') ?? DEFAULT_TIMEOUT_SECONDS);
  const timer = setTimeout(() => response.end(), seconds * 1000);
  response.on('close', () => {
    clearTimeout(timer);
    unsubscribe();
  });
}
