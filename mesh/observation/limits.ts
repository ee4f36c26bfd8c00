/** Proxies that are asked at the same time: a handshake is a millisecond of CPU and a round trip. */
export const maxParallelInterviews = 32;

/** Control-plane replicas that are asked at the same time; there are a handful. */
export const maxParallelReplicas = 8;

/** An answer of a pod longer than this is not what was asked for; a metrics page has some 100 kB. */
export const maxPodAnswerBytes = 4 * 1024 * 1024;

/** A refusal without another witness is believed, and asked for once more in a later survey; then kept. */
export const refusalsToKeep = 2;

/**
 * Identity's metric against the end of a certificate: the metric is read over a network, the `Date`
 * beside it has whole seconds.
 */
export const issuerEndToleranceMs = 2_000;

/** Issuers whose ends lie closer together than this cannot be told apart by that metric. */
export const distinctIssuersMs = 2 * issuerEndToleranceMs + 1_000;
