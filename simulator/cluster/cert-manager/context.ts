import type { ClusterApi } from '../api/cluster-api.ts';
import type { CertManagerOptions } from '../cluster-options.ts';
import type { RecordEvent } from '../controllers/events.ts';
import type { Secret } from '../objects.ts';

/** Where ClusterIssuers read their Secrets: the chart's default, cert-manager's own namespace. */
export const CLUSTER_RESOURCE_NAMESPACE = 'cert-manager';
/** On every Secret that cert-manager makes: its informer cache holds these alone. */
export const FAO_LABEL = 'controller.cert-manager.io/fao';

export interface CertManagerContext {
  api: ClusterApi;
  options: CertManagerOptions;
  record: RecordEvent;
}

/** A data value as text; undefined when the Secret or the key is missing or empty. */
export function secretText(secret: Secret | undefined, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value ? Buffer.from(value, 'base64').toString() : undefined;
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
