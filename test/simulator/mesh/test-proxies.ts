import type {
  CertifiedLeaf,
  Certifier,
  CertifyRequest,
} from '../../../simulator/mesh/proxy/identity-protocol.ts';
import type { Issuer } from '../../../simulator/mesh/identity/issuer-file.ts';
import { loadIssuer, signLeaf } from '../../../simulator/mesh/identity/issuer-file.ts';
import { identityName, ProxyEnv } from '../../../simulator/mesh/linkerd-names.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { Proxy } from '../../../simulator/mesh/proxy/proxy.ts';
import { startProxy } from '../../../simulator/mesh/proxy/proxy.ts';
import type { Authority } from './authorities.ts';

/** An issuer file: the issuer with its key, then other certificates. */
export function issuerOf(issuer: Authority, anchor: Authority, behind: string[] = []): Issuer {
  const certificates = [issuer.pem, ...behind].join('\n');
  return loadIssuer({ certificates, key: issuer.keyPem }, [anchor.facts]);
}

/** A certifier whose issuer a test may change at any time. */
export class TestCertifier implements Certifier {
  issuer: Issuer;
  lifetimeMs: number;
  requests = 0;

  constructor(issuer: Issuer, lifetimeMs = 60_000) {
    this.issuer = issuer;
    this.lifetimeMs = lifetimeMs;
  }

  certify(request: CertifyRequest): Promise<CertifiedLeaf> {
    this.requests += 1;
    return signLeaf(this.issuer, request, { lifetimeMs: this.lifetimeMs, clockSkewMs: 5_000 });
  }
}

export interface TestProxyOptions {
  readonly serviceAccount: string;
  readonly addresses: PodAddresses;
  /** The text of the proxy's environment variable. */
  readonly anchors: string;
  /** In the proxy's own pod, as in an identity pod. */
  readonly certifier?: Certifier;
  /** Addresses of other pods that serve identity. */
  readonly identityPodIps?: readonly string[];
  readonly minRefreshMs?: number;
  /** Collects what went wrong. */
  readonly problems?: string[];
}

/** Starts a proxy without a cluster. Problems are left to the assertions of the tests. */
export function startTestProxy(options: TestProxyOptions): Promise<Proxy> {
  const { certifier, identityPodIps = [], minRefreshMs = 100 } = options;
  return startProxy({
    podIp: options.addresses.take(),
    environment: new Map([
      [ProxyEnv.TrustAnchors, options.anchors],
      [ProxyEnv.LocalName, identityName(options.serviceAccount, 'test')],
      [ProxyEnv.IdentityName, identityName('linkerd-identity', 'test')],
      [ProxyEnv.TokenFile, '/tokens/token'],
    ]),
    files: { read: () => options.serviceAccount },
    minRefreshMs,
    identityPodIps: () => identityPodIps,
    ...(certifier === undefined ? {} : { localIdentity: () => certifier }),
    onChange: () => undefined,
    reportProblem: (message, cause) => options.problems?.push(`${message}: ${String(cause)}`),
  });
}
