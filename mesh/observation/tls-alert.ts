/**
 * What an alert says about a client certificate (names: RFC 8446 §6; mapping: rustls `src/error.rs`).
 * - `untrusted`: it verifies under nothing that the server holds
 * - `unfit`: a path may exist, but its lengths or usages do not please the server
 * - `out-of-date`: by the server's clock it is not valid now, which says nothing about trust
 * - `other`: not about the certificate
 */
export type AlertMeaning = 'untrusted' | 'unfit' | 'out-of-date' | 'other';

export interface TlsAlert {
  /** For example `unknown_ca`. */
  readonly name: string;
  readonly meaning: AlertMeaning;
}

/**
 * An unknown issuer is `unknown_ca`; an anchor of the same name with another key gives a signature
 * that does not verify, `decrypt_error` (measured on real proxies); older rustls says
 * `bad_certificate` to everything.
 */
const meanings: Readonly<Record<string, AlertMeaning>> = {
  unknown_ca: 'untrusted',
  decrypt_error: 'untrusted',
  bad_certificate: 'untrusted',
  unsupported_certificate: 'unfit',
  certificate_unknown: 'unfit',
  certificate_expired: 'out-of-date',
};

/** The alert in an error of `node:tls`, if it is one: `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`. */
export function alertOf(error: unknown): TlsAlert | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string') return undefined;
  // OpenSSL's prefixes (`TLSV1`, `SSL/TLS`, …) tell when an alert was defined, nothing more.
  const name = /^ERR_SSL_.+_ALERT_(\w+)$/.exec(code)?.[1]?.toLowerCase();
  return name === undefined ? undefined : { name, meaning: meanings[name] ?? 'other' };
}
