/** First byte of a TLS record that carries handshake messages. */
const handshakeRecord = 0x16;
const recordHeaderBytes = 5;
const serverNameExtension = 0;

export type FirstBytes =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'tls'; readonly serverName: string | undefined };

/**
 * What a connection begins with, as the proxy's TLS detection sees it: the server name of a TLS
 * ClientHello, or that this is no TLS. A ClientHello must fit one record, as it does in practice.
 */
export function readFirstBytes(bytes: Buffer): FirstBytes {
  if (bytes.length === 0) return { kind: 'incomplete' };
  if (bytes[0] !== handshakeRecord) return { kind: 'plain' };
  if (bytes.length < recordHeaderBytes) return { kind: 'incomplete' };
  const recordBytes = recordHeaderBytes + bytes.readUInt16BE(3);
  if (bytes.length < recordBytes) return { kind: 'incomplete' };
  return { kind: 'tls', serverName: serverNameIn(bytes.subarray(recordHeaderBytes, recordBytes)) };
}

function serverNameIn(hello: Buffer): string | undefined {
  try {
    // Handshake type and length (4), legacy version (2), random (32).
    let at = 4 + 2 + 32;
    at += 1 + hello.readUInt8(at); // session id
    at += 2 + hello.readUInt16BE(at); // cipher suites
    at += 1 + hello.readUInt8(at); // compression methods
    const end = at + 2 + hello.readUInt16BE(at);
    at += 2;
    while (at + 4 <= end) {
      const type = hello.readUInt16BE(at);
      const length = hello.readUInt16BE(at + 2);
      if (type === serverNameExtension) return hostNameIn(hello.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return undefined;
  } catch (error) {
    // A hello that ends too early names no server, as one without the extension.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The extension holds list length (2), name type (1), name length (2), name. */
function hostNameIn(extension: Buffer): string {
  const length = extension.readUInt16BE(3);
  return extension.subarray(5, 5 + length).toString('latin1');
}
