import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { ObjectRef } from '../../../mesh/kubernetes/resources.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { parseChain } from '../../../mesh/x509.ts';

const { trustNamespace, linkerdNamespace, ...names } = documentedObjects;

/** The objects of the guide as `kubectl` would show them; certificates by fingerprint. */
export interface ClusterSights {
  readonly trustAnchor: readonly string[];
  readonly previousAnchor: readonly string[];
  /** The identity issuer, then what stands behind it in its Secret. */
  readonly issuer: readonly string[];
  /** Subject key of the certificate that signed the issuer. */
  readonly issuerSignedBy: string;
  readonly signerSecret: string;
  readonly bundle: readonly string[];
  /** `spec.renewal` and our annotations of the anchor Certificate; `null` where there is none. */
  readonly anchorSettings: unknown;
  /** Issuers, Secrets and CertificateRequests beside those that Certificates own. */
  readonly otherObjects: readonly string[];
  readonly leaseHolder: string | undefined;
}

const secret = z.object({ data: z.record(z.string(), z.string()) });
const certificate = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({ renewal: z.unknown().optional() }),
});
const clusterIssuer = z.object({ spec: z.object({ ca: z.object({ secretName: z.string() }) }) });
const configMap = z.object({ data: z.record(z.string(), z.string()) });
const lease = z.object({ spec: z.object({ holderIdentity: z.string().nullish() }) });
const listed = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    ownerReferences: z.array(z.unknown()).optional(),
  }),
});

export async function lookAtCluster(kube: Kube): Promise<ClusterSights> {
  const issuer = await chainIn(kube, secretOf(linkerdNamespace, names.identityIssuer));
  const anchorRef = {
    type: resources.certificates,
    namespace: trustNamespace,
    name: names.trustAnchor,
  };
  const anchor = await kube.get(anchorRef, certificate);
  const signer = await read(
    kube,
    { type: resources.clusterIssuers, name: names.clusterIssuer },
    clusterIssuer,
  );
  const roots = await read(
    kube,
    { type: resources.configMaps, namespace: linkerdNamespace, name: names.bundle },
    configMap,
  );
  const leaseRef = { type: resources.leases, namespace: linkerdNamespace, name: names.lease };
  return {
    trustAnchor: fingerprints(await chainIn(kube, secretOf(trustNamespace, names.trustAnchor))),
    previousAnchor: fingerprints(
      await chainIn(kube, secretOf(trustNamespace, names.previousAnchor)),
    ),
    issuer: fingerprints(issuer),
    issuerSignedBy: issuer[0]?.authorityKeyId ?? '',
    signerSecret: signer.spec.ca.secretName,
    bundle: fingerprints(await parseChain(roots.data[names.bundleKey] ?? '')).toSorted(),
    anchorSettings: anchor === undefined ? null : settingsOf(anchor),
    otherObjects: await listOthers(kube),
    leaseHolder: (await kube.get(leaseRef, lease))?.spec.holderIdentity ?? undefined,
  };
}

function settingsOf({ spec, metadata }: z.infer<typeof certificate>): object {
  return {
    renewal: spec.renewal ?? null,
    annotations: Object.keys(metadata.annotations).filter((name) =>
      name.includes('trust.linkerd.io'),
    ),
  };
}

/** The names of everything that a rotation might leave behind. */
async function listOthers(kube: Kube): Promise<readonly string[]> {
  const found: string[] = [];
  for (const type of [resources.issuers, resources.secrets, resources.certificateRequests]) {
    for (const namespace of [trustNamespace, linkerdNamespace]) {
      const objects = await kube.list(type, listed, { namespace });
      const own = objects.filter(({ metadata }) => metadata.ownerReferences === undefined);
      found.push(...own.map(({ metadata }) => `${type.kind} ${namespace}/${metadata.name}`));
    }
  }
  return found.toSorted();
}

export function secretOf(namespace: string, name: string): ObjectRef {
  return { type: resources.secrets, namespace, name };
}

type Chain = Awaited<ReturnType<typeof parseChain>>;

async function chainIn(kube: Kube, ref: ObjectRef): Promise<Chain> {
  const { data } = await read(kube, ref, secret);
  return parseChain(Buffer.from(data['tls.crt'] ?? '', 'base64').toString('utf8'));
}

function fingerprints(chain: Chain): readonly string[] {
  return chain.map(({ fingerprint }) => fingerprint);
}

async function read<T>(kube: Kube, ref: ObjectRef, schema: z.ZodType<T>): Promise<T> {
  const object = await kube.get(ref, schema);
  if (object === undefined) throw new Error(`${ref.type.kind} ${ref.name} does not exist`);
  return object;
}
