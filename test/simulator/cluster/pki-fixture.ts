import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type {
  Certificate,
  CertificateRequest,
} from '../../../simulator/cluster/cert-manager-objects.ts';
import type { Approval, ClusterOptions } from '../../../simulator/cluster/cluster-options.ts';
import { findCondition } from '../../../simulator/cluster/controllers/conditions.ts';
import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import type { TrustPkiOptions } from '../../../simulator/guide/guide-objects.ts';
import type { Condition } from '../../../simulator/cluster/objects.ts';
import { CERTIFICATES, CLUSTER_ISSUERS, SECRETS } from '../../../simulator/cluster/resources.ts';
import { MERGE, refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';

export const ANCHOR = { namespace: 'cert-manager', name: 'linkerd-trust-anchor' };
export const IDENTITY = { namespace: 'linkerd', name: 'linkerd-identity-issuer' };
export const GROUP = { group: 'cert-manager.io', version: 'v1' };

interface Key {
  namespace: string;
  name: string;
}

interface WithConditions {
  status?: { conditions?: Condition[] };
}

export function conditionOf(
  object: WithConditions | undefined,
  type: string,
): Condition | undefined {
  return findCondition(object?.status?.conditions, type);
}

export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** The guide's objects in a cluster, and what a person with kubectl and cmctl does to them. */
export interface PkiFixture extends ClusterFixture {
  /** The approver's policy from now on. */
  approval: (request: CertificateRequest) => Approval;
  get(key: Key): Certificate;
  /** A field of a Secret, by default `tls.crt`. */
  text(key: Key, field?: string): string;
  /** The first certificate in a Secret. */
  first(key: Key): X509Certificate;
  patch(key: Key, body: object): Promise<void>;
  /** Sets Issuing=True by one PUT of the status, as `cmctl renew` does. */
  trigger(key: Key): Promise<void>;
  /** Triggers and waits until the issuance is over. */
  renew(key: Key): Promise<void>;
  /** Points the ClusterIssuer at a Secret. */
  signWith(secretName: string): Promise<void>;
}

function triggered(certificate: Certificate): Certificate {
  const lastTransitionTime = new Date(Date.now() + 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const issuing: Condition = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'Certificate re-issuance manually triggered',
    observedGeneration: certificate.metadata.generation ?? 1,
    lastTransitionTime,
  };
  const others = (certificate.status?.conditions ?? []).filter(({ type }) => type !== 'Issuing');
  return { ...certificate, status: { ...certificate.status, conditions: [...others, issuing] } };
}

export async function startPkiFixture(
  options: ClusterOptions = {},
  pki: TrustPkiOptions = {},
): Promise<PkiFixture> {
  const approve = (request: CertificateRequest) => fixture.approval(request);
  const base = await startFixture({ ...options, certManager: { approve, ...options.certManager } });
  const { api } = base.cluster;
  const fixture: PkiFixture = {
    ...base,
    approval: () => 'approve',
    get: (key) => api.get(CERTIFICATES, key),
    text: (key, field = 'tls.crt') =>
      Buffer.from(api.get(SECRETS, key).data?.[field] ?? '', 'base64').toString(),
    first(key) {
      const [certificate] = certificatesOf(fixture.text(key));
      assert.ok(certificate);
      return certificate;
    },
    async patch(key, body) {
      const target = { ...GROUP, ...key, plural: 'certificates', body };
      await base.custom.patchNamespacedCustomObject(target, MERGE);
    },
    async trigger(key) {
      const isConflict = refusal(409, 'Conflict');
      for (let isDone = false; !isDone;) {
        const target = {
          ...GROUP,
          ...key,
          plural: 'certificates',
          body: triggered(fixture.get(key)),
        };
        const put = base.custom.replaceNamespacedCustomObjectStatus(target);
        isDone = await put.then(
          () => true,
          (error: unknown) => {
            // cert-manager may still be tidying up after an earlier issuance.
            if (isConflict(error)) return false;
            throw error;
          },
        );
      }
    },
    async renew(key) {
      const before = fixture.get(key).status?.revision ?? 0;
      await fixture.trigger(key);
      await base.until(`${key.name} to be renewed`, () => {
        const { revision = 0, nextPrivateKeySecretName } = fixture.get(key).status ?? {};
        const isOver = conditionOf(fixture.get(key), 'Issuing') === undefined;
        return revision > before && isOver && nextPrivateKeySecretName === undefined;
      });
    },
    async signWith(secretName) {
      const name = 'linkerd-identity-issuer';
      const body = { spec: { ca: { secretName } } };
      const target = { ...GROUP, plural: 'clusterissuers', name, body };
      await base.custom.patchClusterCustomObject(target, MERGE);
      await base.until('the ClusterIssuer to be Ready at its generation', () => {
        const issuer = api.get(CLUSTER_ISSUERS, { name });
        const ready = conditionOf(issuer, 'Ready');
        return ready?.status === 'True' && ready.observedGeneration === issuer.metadata.generation;
      });
    },
  };
  await installTrustPki(base.cluster.kubeConfigYaml(), pki);
  return fixture;
}
