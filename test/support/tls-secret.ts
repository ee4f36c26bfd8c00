import type { MadeCertificate, OffClusterAnchor } from './certificates.ts';

export interface TlsSecret extends Record<string, unknown> {
  readonly type: 'kubernetes.io/tls';
  readonly data: {
    readonly 'tls.crt': string;
    readonly 'tls.key': string;
    readonly 'ca.crt'?: string;
  };
}

/** The body of a Secret that holds a pair, and in `ca.crt`, where it is given, what has signed it; PEM. */
export function tlsSecret(
  { pem, keyPem }: Pick<MadeCertificate, 'pem' | 'keyPem'>,
  caPem?: string,
): TlsSecret {
  const ca = caPem === undefined ? {} : { 'ca.crt': base64(caPem) };
  return {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pem), 'tls.key': base64(keyPem), ...ca },
  };
}

/** A root without its key, and the pair of the CA under it. */
export function offClusterSecret({ root, intermediate }: OffClusterAnchor): TlsSecret {
  return tlsSecret(intermediate, root.pem);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
