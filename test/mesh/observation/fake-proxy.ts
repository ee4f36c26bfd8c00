import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { PodEndpoint } from '../../../mesh/observation/pod-endpoint.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { startProxyServer } from '../../../simulator/mesh/proxy/proxy-server.ts';
import { factsOfPem } from '../../../simulator/mesh/trust/certificate-facts.ts';
import { judgePeer } from '../../../simulator/mesh/trust/trust-judge.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { makeCertificate } from '../../support/certificates.ts';

export const fakeIdentity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';

/** What a fake admin port does; a test may change it at any time. */
export interface FakeProxyBehaviour {
  /** What it presents; nothing before its first leaf. */
  context: SecureContext | undefined;
  /** What it holds. */
  anchors: readonly MadeCertificate[];
  /** What it does with a request over TLS: answer it, say nothing, or hang up. */
  answer: 'live' | 'silence' | 'close';
  ready: boolean;
}

export interface FakeProxy {
  readonly endpoint: PodEndpoint;
  readonly behaviour: FakeProxyBehaviour;
  /** TLS connections with an accepted or without a client certificate. */
  handshakes(): number;
  /** The same port by a connection of one's own, as a port-forward gives. */
  dial(): Promise<Duplex>;
  stop(): Promise<void>;
}

/** A proxy's admin port on a loopback address of its own, judging clients by the simulator's rules. */
export async function startFakeProxy(behaviour: FakeProxyBehaviour): Promise<FakeProxy> {
  const addresses = await claimPodAddresses();
  const ip = addresses.take();
  const port = 4191;
  let handshakes = 0;
  const plain = createServer((_, response) => {
    response.writeHead(behaviour.ready ? 200 : 503).end();
  });
  const server = await startProxyServer({
    address: ip,
    port,
    serverName: fakeIdentity,
    secureContext: () => behaviour.context,
    judgeClient: (chain) => judgePeer(chain, behaviour.anchors.map(factsOf), 'clientAuth'),
    onTls: (socket) => {
      handshakes += 1;
      socket.once('data', () => {
        if (behaviour.answer === 'live') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        if (behaviour.answer === 'close') socket.destroy();
      });
    },
    onPlain: (socket) => {
      plain.emit('connection', socket);
      socket.resume();
    },
  });
  return {
    endpoint: { namespace: 'shop', pod: 'web-1', ip, port },
    behaviour,
    handshakes: () => handshakes,
    dial: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: ip, port }, () => {
          resolve(socket);
        });
        socket.once('error', reject);
      }),
    stop: async () => {
      plain.closeAllConnections();
      await server.close();
      await addresses.close();
    },
  };
}

/** A server's TLS context that presents a leaf under `issuer` and what stands behind that. */
export async function leafContext(
  issuer: MadeCertificate,
  behind: readonly MadeCertificate[] = [],
): Promise<SecureContext> {
  const { keyPem, chainPem } = await clientPair(issuer, behind);
  return createSecureContext({ key: keyPem, cert: chainPem, ca: [], minVersion: 'TLSv1.3' });
}

/** A leaf under `issuer` with its key, good for both roles. */
export async function clientPair(
  issuer: MadeCertificate,
  behind: readonly MadeCertificate[] = [],
): Promise<{ readonly keyPem: string; readonly chainPem: string }> {
  const leaf = await makeCertificate({
    commonName: fakeIdentity,
    signer: issuer,
    dnsNames: [fakeIdentity],
    usages: ['serverAuth', 'clientAuth'],
  });
  const chainPem = [leaf, issuer, ...behind].map(({ pem }) => pem).join('\n');
  return { keyPem: leaf.keyPem, chainPem };
}

function factsOf({ pem }: MadeCertificate): CertificateFacts {
  return factsOfPem(pem);
}
