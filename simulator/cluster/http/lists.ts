import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { KubeError, badRequest } from '../kube-error.ts';
import type { KubeObject } from '../objects.ts';
import { apiVersionOf } from '../resources.ts';
import { matchesSelector, parseFieldSelector, parseLabelSelector } from '../selectors.ts';
import type { Store } from '../store.ts';
import { HISTORY_LIMIT } from '../store.ts';
import { toListItem, toPartialMetadata } from './representations.ts';
import type { RequestTarget } from './request-target.ts';

const tokenSchema = z.object({ snapshot: z.string().optional(), after: z.string() });
type Token = z.infer<typeof tokenSchema>;

interface Snapshot {
  resourceVersion: number;
  items: KubeObject[];
}

/** At most this many unfinished lists are remembered; the oldest then expires as if it were compacted. */
const SNAPSHOT_LIMIT = 64;

function encode(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decode(text: string): Token {
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw new KubeError(400, 'BadRequest', { message: 'continue key is not valid', cause });
  }
}

function positionOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Whether an object belongs to a list or watch: its namespace and the selectors of the query. */
export function createFilter(
  target: RequestTarget,
  query: URLSearchParams,
): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  return (object) =>
    (target.namespace === undefined || object.metadata.namespace === target.namespace) &&
    (target.name === undefined || object.metadata.name === target.name) &&
    matchesSelector(object.metadata.labels, labels) &&
    fields(object);
}

/** Serves lists in pages; a page and its successors show one moment, until the store has moved on too far. */
export class Lists {
  private readonly store: Store;
  private readonly snapshots = new Map<string, Snapshot>();

  constructor(store: Store) {
    this.store = store;
  }

  list(target: RequestTarget, query: URLSearchParams, metadataOnly: boolean): object {
    const { resource } = target;
    const limit = Number(query.get('limit') ?? 0);
    if (!Number.isInteger(limit) || limit < 0) throw badRequest('limit must be a number of items');
    const given = query.get('continue');
    const token = given ? decode(given) : { after: '' };
    const snapshot = this.snapshotFor(target, query, token);
    const rest = snapshot.items.filter((object) => positionOf(object) > token.after);
    const page = limit === 0 ? rest : rest.slice(0, limit);
    const last = page.at(-1);
    const more = rest.length - page.length;
    const next =
      more > 0 && last !== undefined
        ? { continue: this.remember(snapshot, token, positionOf(last)), remainingItemCount: more }
        : {};
    return {
      kind: metadataOnly ? 'PartialObjectMetadataList' : `${resource.kind}List`,
      apiVersion: metadataOnly ? 'meta.k8s.io/v1' : apiVersionOf(resource),
      metadata: { resourceVersion: String(snapshot.resourceVersion), ...next },
      items: page.map((object) =>
        metadataOnly ? toPartialMetadata(object) : toListItem(resource, object),
      ),
    };
  }

  private snapshotFor(target: RequestTarget, query: URLSearchParams, token: Token): Snapshot {
    const current = this.store.resourceVersion;
    if (token.snapshot === undefined) {
      const items = this.store
        .list(target.resource, target.namespace)
        .filter(createFilter(target, query));
      return { resourceVersion: current, items };
    }
    const known = this.snapshots.get(token.snapshot);
    if (known !== undefined && current - known.resourceVersion <= HISTORY_LIMIT) return known;
    this.snapshots.delete(token.snapshot);
    const message =
      'The provided continue parameter is too old to display a consistent list result. ' +
      'You can start a new list without the continue parameter, or use the continue token in this response.';
    throw new KubeError(410, 'Expired', { message, continueToken: encode({ after: token.after }) });
  }

  private remember(snapshot: Snapshot, token: Token, after: string): string {
    const id = token.snapshot ?? randomUUID();
    this.snapshots.set(id, snapshot);
    const oldest = this.snapshots.keys().next().value;
    if (this.snapshots.size > SNAPSHOT_LIMIT && oldest !== undefined) this.snapshots.delete(oldest);
    return encode({ snapshot: id, after });
  }
}
