import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { PodPort } from './port-forward.ts';
import type { ObjectRef, ResourceType } from './resources.ts';

export type PatchFormat = 'merge' | 'json' | 'strategic' | 'apply';

export interface ListOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Only objects of this name, in whatever namespace: a role that names it is then enough. */
  readonly name?: string;
  /** Only `metadata` of each object: a tenth of the size where that is enough. */
  readonly metadataOnly?: boolean;
  /**
   * As protobuf where the server offers it, which costs both sides less than half of what JSON does. Only
   * for schemas that name no field but those in `protobuf/messages.ts`: all others are left out.
   */
  readonly compact?: boolean;
  /** Called after each page with the number of objects so far; for heartbeats. */
  readonly onPage?: (listed: number) => void;
}

export interface PatchOptions {
  readonly fieldManager?: string;
  /** Take fields over from another manager; for `apply` only. */
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface FollowOptions {
  /** After this the sequence ends, and whoever follows begins anew. */
  readonly atMostMs: number;
  readonly signal: AbortSignal;
}

export interface DeleteOptions {
  /** Delete only this very object, not a successor of its name. */
  readonly uid?: string;
}

export interface AccessRight {
  readonly verb: string;
  /** Of what is no resource, `/version`; then nothing else counts. */
  readonly path?: string | undefined;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface ClockReading {
  /** The API server's clock at `localMs`, Unix milliseconds. */
  readonly serverMs: number;
  readonly localMs: number;
  /** How far the server's clock is ahead of ours; the header has whole seconds, so ±1 s. */
  readonly offsetMs: number;
}

export const writtenObject = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
  }),
});
export type WrittenObject = z.infer<typeof writtenObject>;

/** A JSON object with every field it came with: for reading, changing and writing back. */
export const rawObject = z.record(z.string(), z.unknown());
export type RawObject = z.infer<typeof rawObject>;

/**
 * Access to one cluster. Objects are raw JSON parsed by the caller's zod schema, which names only
 * the fields that are used. All methods throw KubernetesError (see `errors.ts`).
 */
export interface Kube {
  readonly server: string;
  /** `undefined` when there is no such object (or no such kind). */
  get<T>(ref: ObjectRef, schema: z.ZodType<T>): Promise<T | undefined>;
  /** All objects, page by page, each pruned by `schema` as it arrives; begun anew when the token expires. */
  list<T>(type: ResourceType, schema: z.ZodType<T>, options?: ListOptions): Promise<T[]>;
  /**
   * One object as it is now and each time that it changes, by a watch; `undefined` while it does not
   * exist. Ends with the watch: after `atMostMs`, or sooner when the server wants so.
   */
  follow<T>(
    ref: ObjectRef,
    schema: z.ZodType<T>,
    options: FollowOptions,
  ): AsyncIterable<T | undefined>;
  /** `body` without apiVersion, kind and name, which `ref` gives. */
  create(ref: ObjectRef, body: RawObject, options?: { dryRun?: boolean }): Promise<WrittenObject>;
  /** PUT of the status subresource; `body` must carry the resourceVersion it was read with. */
  replaceStatus(ref: ObjectRef, body: RawObject): Promise<WrittenObject>;
  patch(
    ref: ObjectRef,
    body: unknown,
    format: PatchFormat,
    options?: PatchOptions,
  ): Promise<WrittenObject>;
  /** `false` when there was nothing to delete. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  /** SelfSubjectAccessReview: whether the API server would allow this to us. */
  can(right: AccessRight): Promise<boolean>;
  serverTime(): Promise<ClockReading>;
  portForward(target: PodPort): Promise<Duplex>;
  close(): Promise<void>;
}
