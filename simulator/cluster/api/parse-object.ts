import { z } from 'zod';
import { KubeError } from '../kube-error.ts';
import type { KubeObject, ObjectDraft } from '../objects.ts';

const strings = z.record(z.string(), z.string()).nullish();
const metadataSchema = z.looseObject({
  name: z.string().nullish(),
  namespace: z.string().nullish(),
  generateName: z.string().nullish(),
  uid: z.string().nullish(),
  resourceVersion: z.string().nullish(),
  labels: strings,
  annotations: strings,
  finalizers: z.array(z.string()).nullish(),
  ownerReferences: z
    .array(
      z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
      }),
    )
    .nullish(),
});
const draftSchema = z.looseObject({ metadata: metadataSchema.nullish() });

/** Drops null and undefined members, as decoding into Go structs does. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

/** Reads a request body as an object. Throws BadRequest when its metadata has not the shape of Kubernetes metadata. */
export function parseDraft(body: unknown): ObjectDraft {
  const parsed = draftSchema.safeParse(body);
  if (!parsed.success) {
    const message = `the object could not be decoded: ${parsed.error.message}`;
    throw new KubeError(400, 'BadRequest', { message });
  }
  const cleaned = withoutNulls({ ...parsed.data, metadata: parsed.data.metadata ?? {} });
  // Sound: the schema has just checked metadata's members, and without nulls they have ObjectMeta's types.
  return cleaned as ObjectDraft;
}

/** The same for a body that must already be a whole object: a patched one. */
export function parseObject(body: unknown): KubeObject {
  const draft = parseDraft(body);
  const { metadata, apiVersion, kind } = draft;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || metadata.name === undefined) {
    throw new KubeError(400, 'BadRequest', {
      message: 'apiVersion, kind and metadata.name are required',
    });
  }
  // Sound: a patched object keeps the server's own metadata, which prepareUpdate() restores in any case.
  return draft as KubeObject;
}
