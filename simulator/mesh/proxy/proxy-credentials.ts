import 'reflect-metadata';

import { KeyObject, webcrypto } from 'node:crypto';
import type { SecureContext } from 'node:tls';

import * as x509 from '@peculiar/x509';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { ChainVerdict } from '../../../domain/chain.ts';
import { factsOfPem } from '../trust/certificate-facts.ts';
import { proxyTlsContext } from '../trust/tls-context.ts';
import { judgePeer } from '../trust/trust-judge.ts';
import type { CertifiedLeaf } from './identity-protocol.ts';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface HeldLeaf {
  /** As presented, leaf first. */
  readonly chain: readonly CertificateFacts[];
  readonly secureContext: SecureContext;
  readonly notAfterMs: number;
}

/** A proxy container's key, anchors and current leaf. The key and the anchors never change. */
export interface ProxyCredentials {
  /** The identity name, a DNS name. */
  readonly name: string;
  readonly anchors: readonly CertificateFacts[];
  /** PKCS#10 of the container's one key, DER. */
  readonly signingRequest: Uint8Array;
  leaf(): HeldLeaf | undefined;
  /** Takes the leaf into use if the proxy's own anchors verify it; else the old one stays. */
  accept(certified: CertifiedLeaf): ChainVerdict;
}

/** Makes the key pair and request that a proxy keeps until its container ends (linkerd2 `proxy-identity/main.go`). */
export async function createKeyAndRequest(
  name: string,
): Promise<{ readonly key: KeyObject; readonly signingRequest: Uint8Array }> {
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: p256,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  return { key: KeyObject.from(keys.privateKey), signingRequest: new Uint8Array(request.rawData) };
}

export async function createProxyCredentials(
  name: string,
  anchors: readonly CertificateFacts[],
): Promise<ProxyCredentials> {
  const { key, signingRequest } = await createKeyAndRequest(name);
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  let held: HeldLeaf | undefined;

  return {
    name,
    anchors,
    signingRequest,
    leaf: () => held,
    accept: ({ leaf, intermediates }) => {
      const pems = [leaf, ...intermediates];
      const chain = pems.map(factsOfPem);
      // The proxy judges its own leaf as it judges a server's (linkerd2-proxy `creds/store.rs`).
      const verdict = judgePeer(chain, anchors, 'serverAuth');
      if (!verdict.accepted) return verdict;
      const secureContext = proxyTlsContext({ keyPem, chainPem: pems.join('\n') });
      held = { chain, secureContext, notAfterMs: Date.parse(chain[0]?.notAfter ?? '') };
      return verdict;
    },
  };
}
