/** The workflows of a worker: nothing else may be exported here. */
export { rotateTrustAnchor } from './rotate-trust-anchor.ts';
