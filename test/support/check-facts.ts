import type { Found } from '../../domain/checks/check.ts';
import type {
  CertificateSettings,
  CheckFacts,
  MeshFacts,
  PkiFacts,
  SecretFacts,
  TemporalFacts,
} from '../../domain/checks/facts.ts';
import type { InspectionFacts } from '../../domain/inspection.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { anchorA, issuer, survey } from './survey-builder.ts';

/** A mesh of Linkerd's guide with which nothing is wrong, as checks find it. */

const hourMs = 3_600_000;
/** In the middle of the dates of the certificates in these tests. */
export const checkedAtMs = Date.parse('2026-06-01T00:00:00.000Z');

export function found<T>(value: T): Found<T> {
  return { found: true, value };
}

export function unknown(why: string): Found<never> {
  return { found: false, why };
}

export function certificateSettings(more: Partial<CertificateSettings> = {}): CertificateSettings {
  return {
    name: 'linkerd/linkerd-identity-issuer',
    isCa: true,
    rotationPolicy: 'Always',
    keyAlgorithm: 'ECDSA',
    durationMs: 48 * hourMs,
    renewBeforeMs: 25 * hourMs,
    renewalDisabled: false,
    renewalTime: '2026-06-01T20:00:00.000Z',
    issuerKind: 'ClusterIssuer',
    issuerName: documentedObjects.clusterIssuer,
    ready: true,
    readyDetail: 'Ready',
    issuing: false,
    ...more,
  };
}

export function anchorSettings(more: Partial<CertificateSettings> = {}): CertificateSettings {
  return certificateSettings({
    name: 'cert-manager/linkerd-trust-anchor',
    durationMs: 8_760 * hourMs,
    renewBeforeMs: 7_320 * hourMs,
    renewalDisabled: true,
    renewalTime: '2026-03-02T00:00:00.000Z',
    issuerKind: 'Issuer',
    issuerName: 'linkerd-trust-root-issuer',
    ...more,
  });
}

export function secretFacts(more: Partial<SecretFacts> = {}): SecretFacts {
  return { certificate: anchorA, chainLength: 1, hasKey: true, ...more };
}

export function pkiFacts(more: Partial<PkiFacts> = {}): PkiFacts {
  return {
    anchor: found(anchorSettings()),
    issuer: found(certificateSettings()),
    anchorSecret: found(secretFacts()),
    issuerSecret: found(secretFacts({ certificate: issuer('a').certificate })),
    previousAnchor: found(secretFacts()),
    appliedKeys: found([]),
    signer: found({
      secretName: documentedObjects.trustAnchor,
      ready: true,
      detail: 'KeyPairVerified',
    }),
    bundle: found({ synced: true, detail: 'Synced' }),
    ...more,
  };
}

export function meshFacts(more: Partial<MeshFacts> = {}): MeshFacts {
  return {
    survey: survey(),
    anchors: { a: { certificate: anchorA, pem: 'pem of A' } },
    identityAcceptsIssuer: true,
    issuerScheme: 'kubernetes.io/tls',
    externalCa: true,
    leafLifetimeMs: 24 * hourMs,
    settleMs: 120_000,
    ...more,
  };
}

export function checkFacts(more: Partial<CheckFacts> = {}): CheckFacts {
  return {
    objects: documentedObjects,
    atMs: checkedAtMs,
    components: found({ certManager: { canDisableRenewal: true }, trustManager: {} }),
    certManagerAnswers: found(true),
    pki: pkiFacts(),
    webhooks: [
      { service: 'linkerd-proxy-injector', certificate: found(anchorA) },
      { service: 'linkerd-sp-validator', certificate: found(anchorA) },
      { service: 'linkerd-policy-validator', certificate: found(undefined) },
    ],
    mesh: found(meshFacts()),
    operator: found({ isInstalled: false }),
    missingRights: found([]),
    ...more,
  };
}

export function temporalFacts(more: Partial<TemporalFacts> = {}): TemporalFacts {
  return {
    reachable: found(true),
    searchAttributes: found({}),
    worker: found(true),
    ...more,
  };
}

export function inspectionFacts(more: Partial<InspectionFacts> = {}): InspectionFacts {
  return {
    objects: documentedObjects,
    survey: survey(),
    anchors: { a: { certificate: anchorA, pem: 'pem of A' } },
    bundled: [anchorA],
    issuerVerifiesUnder: [anchorA.fingerprint],
    settleMs: 120_000,
    ...more,
  };
}
