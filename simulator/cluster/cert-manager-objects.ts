import type { Condition, KubeObject, LabelSelector } from './objects.ts';

export interface IssuerRef {
  name: string;
  kind?: string;
  group?: string;
}

/** cert-manager.io/v1 Certificate, as far as the simulated cert-manager reads it. Durations are Go's. */
export interface CertificateSpec {
  secretName: string;
  issuerRef: IssuerRef;
  commonName?: string;
  subject?: { organizations?: string[]; organizationalUnits?: string[] };
  dnsNames?: string[];
  ipAddresses?: string[];
  uris?: string[];
  isCA?: boolean;
  usages?: string[];
  duration?: string;
  renewBefore?: string;
  renewBeforePercentage?: number;
  renewal?: { policy?: string };
  revisionHistoryLimit?: number;
  privateKey?: { algorithm?: string; size?: number; encoding?: string; rotationPolicy?: string };
  secretTemplate?: { labels?: Record<string, string>; annotations?: Record<string, string> };
}

interface CertificateStatus {
  conditions?: Condition[];
  revision?: number;
  nextPrivateKeySecretName?: string;
  lastFailureTime?: string;
  failedIssuanceAttempts?: number;
  notBefore?: string;
  notAfter?: string;
  renewalTime?: string;
}

export interface Certificate extends KubeObject {
  spec: CertificateSpec;
  status?: CertificateStatus;
}

/** `request`, `certificate` and `ca` are base64 of PEM. */
export interface CertificateRequest extends KubeObject {
  spec: {
    request: string;
    issuerRef: IssuerRef;
    isCA?: boolean;
    usages?: string[];
    duration?: string;
  };
  status?: {
    conditions?: Condition[];
    certificate?: string;
    ca?: string;
    failureTime?: string;
  };
}

export interface Issuer extends KubeObject {
  spec: { ca?: { secretName: string }; selfSigned?: object };
  status?: { conditions?: Condition[] };
}

export type ClusterIssuer = Issuer;

interface SourceReference {
  name?: string;
  key?: string;
}

export interface BundleSource {
  secret?: SourceReference;
  configMap?: SourceReference;
}

/** trust.cert-manager.io/v1alpha1 Bundle. */
export interface Bundle extends KubeObject {
  spec: {
    sources: BundleSource[];
    target?: { configMap?: { key: string }; namespaceSelector?: LabelSelector };
  };
  status?: { conditions?: Condition[] };
}
