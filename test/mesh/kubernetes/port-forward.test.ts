import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, connect as tlsConnect } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { UnreachableError } from '../../../mesh/kubernetes/errors.ts';
import { openPortForward } from '../../../mesh/kubernetes/port-forward.ts';
import type { PortForwardFake } from '../../fakes/port-forward-fake.ts';
import { startPortForwardFake } from '../../fakes/port-forward-fake.ts';
import { createServerCertificate } from '../../fakes/server-certificate.ts';
import { patienceMs } from '../../support/patience.ts';

const target = { namespace: 'shop', pod: 'web-1', port: 4191 };

describe('a forwarded port of a pod', () => {
  let fake: PortForwardFake;
  let config: KubeConfig;

  beforeEach(async () => {
    fake = await startPortForwardFake();
    config = new KubeConfig();
    config.loadFromClusterAndUser(
      {
        name: 'fake',
        server: fake.url,
        caData: Buffer.from(fake.ca).toString('base64'),
        skipTLSVerify: false,
      },
      { name: 'tester', token: 'x' },
    );
  });

  afterEach(async () => {
    await fake.stop();
  });

  it('carries a TLS handshake and what is said over it', async () => {
    const { cert, key } = await createServerCertificate();
    const pod = createServer({ cert, key }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (data: Buffer) =>
        socket.end(`echo ${data.toString()} ${'x'.repeat(500)}`),
      );
    });
    pod.listen(0, '127.0.0.1');
    await once(pod, 'listening');
    // Sound: a listening TCP server has an AddressInfo.
    fake.behave({ toPort: (pod.address() as AddressInfo).port });

    const connection = await openPortForward(config, target, { timeoutMs: patienceMs });
    const tls = tlsConnect({ socket: connection, ca: cert, host: '127.0.0.1' });
    await once(tls, 'secureConnect');
    tls.write('hello');
    const answer: Buffer[] = [];
    for await (const chunk of tls) answer.push(Buffer.from(String(chunk)));
    connection.destroy();
    pod.close();

    assert.match(Buffer.concat(answer).toString(), /^echo hello x{500}$/);
    assert.deepEqual(fake.paths, ['/api/v1/namespaces/shop/pods/web-1/portforward?ports=4191']);
  });

  it('fails with the text of the kubelet when nothing listens in the pod', async () => {
    fake.behave({ error: 'dial tcp4 127.0.0.1:4191: connect: connection refused' });

    const connection = await openPortForward(config, target, { timeoutMs: patienceMs });
    connection.resume();
    const [error] = await once(connection, 'error').catch((thrown: unknown) => [thrown]);

    assert.ok(error instanceof UnreachableError);
    assert.match(error.message, /connection refused.*something listens on port 4191/);
  });

  it('tells that the API server refused to forward', async () => {
    fake.behave('refuse');

    await assert.rejects(openPortForward(config, target, { timeoutMs: patienceMs }), (error) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(error.message, /^Could not create portforward of Pod shop\/web-1: .*403/);
      return true;
    });
  });

  it('gives up after its time', async () => {
    fake.behave('hang');

    await assert.rejects(openPortForward(config, target, { timeoutMs: 1 }), /not open within 1 ms/);
  });
});
