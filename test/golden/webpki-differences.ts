/**
 * Where a proxy and a Go program answer differently about the same leaf: each vector by its name, under
 * the rule of rustls-webpki that explains it. The table is exact: a vector that is listed differs, and
 * one that is not listed does not.
 */
export interface WebpkiRule {
  readonly rule: string;
  /** Where rustls-webpki says so, then where Go (`crypto/x509/verify.go`, `x509.go`) says otherwise. */
  readonly sources: readonly [webpki: string, go: string];
  readonly vectors: readonly string[];
}

export const webpkiRules: readonly WebpkiRule[] = [
  {
    rule: 'An anchor is a subject, a key and name constraints: it has no dates.',
    sources: ['trust_anchor.rs: From<Cert> for TrustAnchor', 'isValid(rootCertificate)'],
    vectors: [
      'serverAuth: a at {A}, A expired',
      'serverAuth: a at {A}, A not yet valid',
      'clientAuth: x at {A}, A expired',
      'clientAuth: x at {A}, A not yet valid',
    ],
  },
  {
    rule: 'An anchor has no path length (measured with real proxies).',
    sources: ['trust_anchor.rs: From<Cert> for TrustAnchor', 'isValid(rootCertificate)'],
    vectors: [
      'serverAuth: a at {A}, A of path length 0',
      'serverAuth: x at {A}, A of path length 0',
      'serverAuth: x at {A}, A of path length 1',
    ],
  },
  {
    rule: 'An anchor has neither a CA flag nor usages.',
    sources: [
      'trust_anchor.rs: "no check that the certificate is self-signed or even [a CA]"',
      'CheckSignatureFrom and checkChainForKeyUsage, which begins at the root',
    ],
    vectors: [
      'serverAuth: a at {A}, anchor that is no CA',
      'serverAuth: a at {A}, anchor without cert sign',
      'serverAuth: x at {A}, anchorA limited to clientAuth',
    ],
  },
  {
    rule: 'The key usage extension is ignored; for a CA, the basic constraints say the same.',
    sources: ['verify_cert.rs: check_issuer_independent_properties', 'CheckSignatureFrom'],
    vectors: [
      'serverAuth: x at {A}, bridge without cert sign',
      'serverAuth: x at {A}, issuer without cert sign',
    ],
  },
  {
    rule: 'An extended key usage counts by its own OID: anyExtendedKeyUsage stands for no other.',
    sources: ['verify_cert.rs: ExtendedKeyUsage::check', 'checkChainForKeyUsage'],
    vectors: [
      'serverAuth: x at {A}, leaf limited to any',
      'clientAuth: x at {A}, leaf limited to any',
      'serverAuth: x at {A}, issuer limited to any',
      'clientAuth: x at {A}, issuer limited to any',
    ],
  },
  {
    rule: 'A CA is no end entity (CaUsedAsEndEntity).',
    sources: [
      'verify_cert.rs: check_basic_constraints',
      'isValid(leafCertificate) has no such check',
    ],
    vectors: [
      'serverAuth: a at {A}, leaf that is a CA',
      'serverAuth: the issuer first, then the leaf, at {A}',
    ],
  },
  {
    rule: 'A path has at most six intermediates.',
    sources: ['verify_cert.rs: MAX_SUB_CA_COUNT', 'buildChains limits signature checks only'],
    vectors: ['serverAuth: 7 intermediates in a row'],
  },
  {
    rule: 'A loop is a name and a key among the presented certificates: anchors take no part in it.',
    sources: ['verify_cert.rs: build_chain_inner', 'alreadyInChain, asked of roots too'],
    vectors: ['serverAuth: a self-signed leaf of the anchor’s name and key'],
  },
  {
    rule: 'A loop is a name and a key, whatever the alternative names.',
    sources: ['verify_cert.rs: build_chain_inner', 'alreadyInChain compares them'],
    vectors: [
      'serverAuth: a path through the first certificate’s own name and key, with a DNS name',
    ],
  },
  {
    rule: 'A leaf is never an anchor: something must have signed it.',
    sources: ['verify_cert.rs: build_chain_inner', 'Verify: opts.Roots.contains(c)'],
    vectors: ['serverAuth: a leaf that stands in the bundle, without its issuer'],
  },
];
