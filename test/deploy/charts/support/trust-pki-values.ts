/** For a cluster that has all that is not the PKI itself. */
export const minimal = {
  linkerdNamespace: { create: false },
  certManagerAccess: { create: false },
  bundle: { create: false },
  keepOnUninstall: false,
} as const;

/** For an anchor whose own key stays out of the cluster. */
export const imported = {
  anchor: { source: 'Imported' },
  bundle: { sourceKey: 'ca.crt' },
} as const;

/** Every value other than its default, but for the anchor's source: most of the anchor's say nothing without it. */
export const everythingOn = {
  trustDomain: 'mesh.example.com',
  trustNamespace: 'trust',
  linkerdNamespace: { name: 'linkerd-system', labels: { team: 'mesh' } },
  anchor: {
    name: 'root-anchor',
    issuerName: 'root-issuer',
    commonName: 'root.example.com',
    duration: '17520h',
    renewalPolicy: 'RenewBefore',
    renewBefore: '720h',
    rotationPolicy: 'Never',
  },
  previousAnchor: { name: 'root-anchor-before' },
  issuer: {
    name: 'identity',
    clusterIssuerName: 'identity-signer',
    commonName: 'issuer.example.com',
    duration: '72h',
    renewBefore: '30h',
  },
  bundle: { name: 'trust-roots', key: 'roots.pem', sourceKey: 'ca.crt' },
  certManagerAccess: { serviceAccountName: 'issuer' },
  labels: { 'example.com/owner': 'mesh-team' },
  annotations: { 'example.com/page': 'https://example.com/pki' },
} as const;
