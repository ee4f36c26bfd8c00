/**
 * Tests and the simulator take client-node as a whole, the product without its models
 * (`mesh/kubernetes/client-node.ts`). One process that has both loads the whole first: after the other its
 * index finds modules that were made without it.
 */
import '@kubernetes/client-node';
