import { connect, createSecureContext } from 'node:tls';
import { mapBounded } from '../../../mesh/observation/bounded.ts';

/** What a bare client connects with; PEM. */
export interface ClientPair {
  readonly keyPem: string;
  readonly chainPem: string;
}

/**
 * One mutual handshake and one request with each address, with nothing of ours around `tls.connect`:
 * the price below which no prober can come.
 */
export async function bareHandshakes(
  addresses: readonly string[],
  { keyPem, chainPem }: ClientPair,
  parallel: number,
): Promise<void> {
  const secureContext = createSecureContext({
    key: keyPem,
    cert: chainPem,
    ca: [],
    minVersion: 'TLSv1.3',
  });
  await mapBounded(
    addresses,
    parallel,
    (host) =>
      new Promise<void>((resolve, reject) => {
        const socket = connect({
          host,
          port: 4191,
          servername: 'paper',
          secureContext,
          rejectUnauthorized: false,
        });
        socket.once('error', reject);
        socket.once('secureConnect', () => socket.write('GET /live HTTP/1.1\r\n\r\n'));
        socket.once('data', () => {
          socket.destroy();
          resolve();
        });
      }),
  );
}
