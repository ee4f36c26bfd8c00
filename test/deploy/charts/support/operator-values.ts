/** For somebody who may not grant rights, and steers rotations by the command line alone. */
export const minimalRights = {
  replicas: 1,
  rbac: { create: false },
  serviceAccount: { create: false, name: 'made-by-an-administrator' },
  operator: { enabled: false },
  podDisruptionBudget: { create: false },
} as const;

/** Other names than the documented ones, and one namespace for what the guide has two. */
export const otherObjects = {
  trustNamespace: 'pki',
  linkerdNamespace: 'pki',
  trustAnchor: 'root-anchor',
  previousAnchor: 'root-anchor-before',
  identityIssuer: 'identity',
  clusterIssuer: 'identity-signer',
  bundle: 'trust-roots',
  bridge: 'root-bridge',
  probe: 'root-probe',
  lease: 'rotation-lock',
  nextAnchor: 'root-handed-in',
  bridgeRequest: 'root-bridge-request',
} as const;

/** All that the chart can make beside Temporal itself. */
export const everythingOn = {
  fullnameOverride: 'rotation',
  replicas: 3,
  image: {
    repository: 'images.example.com/mesh/rotation',
    digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    pullPolicy: 'Always',
    pullSecrets: [{ name: 'images' }],
  },
  temporal: {
    address: 'temporal.example.com:7233',
    namespace: 'mesh',
    webUi: 'https://temporal.example.com',
    apiKey: { secretName: 'temporal-api-key', key: 'token' },
    tls: {
      enabled: true,
      serverName: 'temporal.internal',
      serverCa: { secretName: 'temporal-ca', key: 'roots.pem' },
      clientCertificate: { secretName: 'temporal-client' },
    },
  },
  operator: { clusterName: 'west' },
  reachProxiesBy: 'port-forward',
  logLevel: 'debug',
  env: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
  objects: otherObjects,
  rbac: { imports: true },
  serviceAccount: { name: 'rotator', annotations: { 'example.com/role': 'mesh' } },
  podAnnotations: { 'example.com/page': 'https://example.com/rotation' },
  podLabels: { 'example.com/owner': 'mesh-team' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'infra', operator: 'Exists' }] }],
      },
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'trust-rotation-operator' } },
    },
  ],
  priorityClassName: 'system-cluster-critical',
  metrics: {
    port: 9999,
    serviceMonitor: { create: true, labels: { release: 'prometheus' } },
    prometheusRule: { create: true, labels: { release: 'prometheus' } },
    dashboard: { create: true },
  },
} as const;

/** Temporal in the chart itself. */
export const forTrials = { devServer: { enabled: true, storage: '1Gi', storageClassName: 'fast' } };
