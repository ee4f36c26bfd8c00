import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

import { Port } from '../../../simulator/mesh/linkerd-names.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { Proxy } from '../../../simulator/mesh/proxy/proxy.ts';
import { acceptedByte } from '../../../simulator/mesh/proxy/proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import { makeAnchor, makeIssuer } from './authorities.ts';
import { issuerOf, startTestProxy, TestCertifier } from './test-proxies.ts';

// A pod that ends is no failed handshake: what was connected before is served to its end.
describe('a proxy that ends', () => {
  let addresses: PodAddresses;
  let proxy: Proxy;

  beforeEach(async () => {
    addresses = await claimPodAddresses();
    const anchor = await makeAnchor('root');
    proxy = await startTestProxy({
      serviceAccount: 'web',
      addresses,
      anchors: anchor.pem,
      certifier: new TestCertifier(issuerOf(await makeIssuer('identity', anchor), anchor)),
    });
    await waitFor(() => proxy.ready(), { what: 'the proxy has a leaf' });
  });
  afterEach(async () => {
    await proxy.stop();
    await addresses.close();
  });

  it('finishes the handshake of a client that is slow', async () => {
    const socket = connect({ host: proxy.podIp, port: Port.Inbound });
    await once(socket, 'connect');
    const ended = proxy.stop();
    await delay(1_500);

    assert.equal(await firstByteOver(socket, proxy), acceptedByte);
    await ended;
  });

  it('takes the connections that still wait to be accepted', async () => {
    const sockets = Array.from({ length: 20 }, () =>
      connect({ host: proxy.podIp, port: Port.Inbound }),
    );
    // From here on the kernel has them; the proxy has not looked yet.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const ended = proxy.stop();

    const bytes = await Promise.all(sockets.map((socket) => firstByteOver(socket, proxy)));
    assert.deepEqual(new Set(bytes), new Set([acceptedByte]));
    await ended;
  });
});

async function firstByteOver(socket: Socket, { credentials }: Proxy): Promise<string> {
  const tls = connectTls({
    socket,
    servername: credentials.name,
    secureContext: credentials.leaf()?.secureContext,
    rejectUnauthorized: false,
  });
  for await (const data of tls) return String(data);
  throw new Error('The proxy ended the connection without a byte');
}
