/** The workflows of a worker: nothing else may be exported here. */
export { checkTrustExpiry } from './check-trust-expiry.ts';
export { renewIdentityIssuer } from './renew-identity-issuer.ts';
export { rotateTrustAnchor } from './rotate-trust-anchor.ts';
