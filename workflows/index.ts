/** The workflows of a worker: nothing else may be exported here. */
export { renewIdentityIssuer } from './renew-identity-issuer.ts';
export { rotateTrustAnchor } from './rotate-trust-anchor.ts';
