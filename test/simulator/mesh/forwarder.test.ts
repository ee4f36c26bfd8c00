import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { startForwarder } from '../../../simulator/mesh/forwarder.ts';
import type { TcpServer } from '../../../simulator/mesh/tcp-server.ts';
import { startTcpServer } from '../../../simulator/mesh/tcp-server.ts';

const port = 8443;

describe('the address in front of the replicas of a component', () => {
  let addresses: PodAddresses;
  let replica: TcpServer;
  let forwarder: TcpServer;

  before(async () => {
    addresses = await claimPodAddresses();
    const host = addresses.take();
    replica = await startTcpServer({ host, port }, (socket) => {
      socket.once('data', () => socket.end('answer'));
    });
    forwarder = await startForwarder(port, () => [host]);
  });
  after(async () => {
    await forwarder.close();
    await replica.close();
    await addresses.close();
  });

  it('keeps nothing of a connection whose replica was the first to go', async () => {
    const caller = connect({ host: '127.0.0.1', port: forwarder.port, allowHalfOpen: true });
    caller.write('question');
    const heard: Buffer[] = [];
    caller.on('data', (chunk) => heard.push(chunk));
    await once(caller, 'end');
    caller.end('goodbye');
    await once(caller, 'close');

    assert.equal(Buffer.concat(heard).toString(), 'answer');
    // Ends once every connection has, or is cut.
    const closingMs = performance.now();
    await forwarder.close(30_000);
    assert.ok(performance.now() - closingMs < 15_000, 'a connection was open until it was cut');
  });
});
