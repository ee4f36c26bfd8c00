import { z } from 'zod';

/** A ConfigMap, as `kubectl apply -f -` takes it. */
export const bundleAnswer = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  data: z.record(z.string(), z.string()).meta({ description: 'canonical PEM under the key' }),
});

/** With `--apply`: what was done, one line each. */
const applied = z.strictObject({ done: z.array(z.string()) });

export const bundleOrApplied = z.union([bundleAnswer, applied]);

/** The objects themselves, or with `--apply` what was done. */
export const bootstrapAnswer = z.union([
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('List'),
    items: z.array(
      z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        metadata: z.looseObject({ name: z.string() }),
      }),
    ),
  }),
  applied,
]);
