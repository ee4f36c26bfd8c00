import { resourceName } from '../../domain/resource/rotation-resource.ts';
import type { ObjectRef } from '../kubernetes/resources.ts';
import { resources } from '../kubernetes/resources.ts';

/** The TrustAnchorRotation of a cluster. */
export const resourceRef: ObjectRef = { type: resources.trustAnchorRotations, name: resourceName };

/** Events about an object without a namespace live here; the API server accepts no other. */
export const eventNamespace = 'default';
