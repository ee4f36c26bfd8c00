import type { CertificateFacts } from '../../../domain/certificate.ts';
import { shortFingerprint } from '../../../domain/certificate.ts';
import type { HeldLeaf, ProxyCredentials } from '../proxy/proxy-credentials.ts';
import { judgePeer } from './trust-judge.ts';

/**
 * Names what proxies hold and present: `{anchors held}/{anchors that the leaf verifies under}`, by the
 * first eight digits of their fingerprints, for example `{1a2b3c4d}/{1a2b3c4d,5e6f7081}`. An anchor is
 * known as soon as any proxy holds it, so a bridged leaf shows where a plain one does not.
 */
export class TrustStates {
  readonly #knownAnchors = new Map<string, CertificateFacts>();
  readonly #presented = new WeakMap<HeldLeaf, { readonly known: number; readonly text: string }>();
  readonly #held = new WeakMap<ProxyCredentials, string>();

  /** Makes the anchors of a proxy known. Labels agree with each other only if all were learnt before. */
  learn(credentials: ProxyCredentials): void {
    for (const anchor of credentials.anchors) this.#knownAnchors.set(anchor.fingerprint, anchor);
  }

  labelOf(credentials: ProxyCredentials): string {
    this.learn(credentials);
    return `${this.#heldBy(credentials)}/${this.#presentedBy(credentials.leaf())}`;
  }

  #heldBy(credentials: ProxyCredentials): string {
    const cached = this.#held.get(credentials);
    if (cached !== undefined) return cached;
    const text = setOf(credentials.anchors);
    this.#held.set(credentials, text);
    return text;
  }

  #presentedBy(leaf: HeldLeaf | undefined): string {
    if (leaf === undefined) return 'none';
    if (leaf.notAfterMs < Date.now()) return 'expired';
    const cached = this.#presented.get(leaf);
    if (cached?.known === this.#knownAnchors.size) return cached.text;
    const under = [...this.#knownAnchors.values()].filter(
      (anchor) => judgePeer(leaf.chain, [anchor], 'serverAuth').accepted,
    );
    const text = setOf(under);
    this.#presented.set(leaf, { known: this.#knownAnchors.size, text });
    return text;
  }
}

function setOf(anchors: readonly CertificateFacts[]): string {
  const names = anchors.map(({ fingerprint }) => shortFingerprint(fingerprint)).sort();
  return `{${names.join(',')}}`;
}
