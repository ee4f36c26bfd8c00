import { X509Certificate, createHash } from 'node:crypto';
import type { Bundle, BundleSource } from '../cert-manager-objects.ts';
import { CONFIG_MAPS, SECRETS } from '../resources.ts';
import type { Store } from '../store.ts';

/** Why a bundle cannot be built; `reason` is that of its Synced condition. */
export class BundleError extends Error {
  readonly reason: 'SourceNotFound' | 'SourceBuildError';

  constructor(reason: 'SourceNotFound' | 'SourceBuildError', message: string) {
    super(message);
    this.reason = reason;
  }
}

function notFound(message: string): BundleError {
  return new BundleError('SourceNotFound', message);
}

function readSource(store: Store, source: BundleSource, namespace: string): string {
  const isSecret = source.secret !== undefined;
  const { name = '', key = '' } = source.secret ?? source.configMap ?? {};
  const kind = isSecret ? 'Secret' : 'ConfigMap';
  const object = store.get(isSecret ? SECRETS : CONFIG_MAPS, { namespace, name });
  if (object === undefined)
    throw notFound(`failed to retrieve bundle from source: ${kind} "${name}" not found`);
  const value = object.data?.[key];
  if (value === undefined)
    throw notFound(`no data found in ${kind} ${namespace}/${name} at key "${key}"`);
  return isSecret ? Buffer.from(value, 'base64').toString() : value;
}

/** Certificates of a PEM text. Text without any PEM block counts as none, as in trust-manager. */
function parsePem(text: string): Buffer[] {
  const blocks = text.match(/-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g) ?? [];
  return blocks.map((block) => {
    try {
      if (!block.startsWith('-----BEGIN CERTIFICATE-----'))
        throw new Error('invalid PEM block type');
      return new X509Certificate(block).raw;
    } catch (error) {
      // The block itself stays out of the message: it may be a private key.
      const why = error instanceof Error ? error.message : 'unreadable';
      throw new BundleError('SourceBuildError', `invalid PEM block in bundle: ${why}`);
    }
  });
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n');
}

/**
 * The bundle's text: all certificates once, ascending by SHA-256 of the DER whatever the order of the sources, joined
 * by one newline and with none at the end. Throws BundleError.
 */
export function buildBundle(store: Store, bundle: Bundle, namespace: string): string {
  const certificates = bundle.spec.sources.flatMap((source) =>
    parsePem(readSource(store, source, namespace)),
  );
  const byHash = new Map(
    certificates.map((der) => [createHash('sha256').update(der).digest('hex'), der]),
  );
  if (byHash.size === 0) throw notFound('bundle contains no certificates: no sources had any');
  const sorted = [...byHash].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, der]) => toPem(der)).join('\n');
}
