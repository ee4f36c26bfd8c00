/** The workflows of a worker: nothing else may be exported here. */
export { checkTrustExpiry } from './check-trust-expiry.ts';
export { rotateTrustAnchor } from './rotate-trust-anchor.ts';
