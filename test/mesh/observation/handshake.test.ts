import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { createServer, TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { ClientPair, ProxyAnswer } from '../../../mesh/observation/handshake.ts';
import { askProxy } from '../../../mesh/observation/handshake.ts';
import type { Reach } from '../../../mesh/observation/pod-endpoint.ts';
import { fingerprintOf, decodeCertificate } from '../../../mesh/x509.ts';
import { makeCertificate } from '../../support/certificates.ts';
import type { FakeProxy } from './fake-proxy.ts';
import { clientPair, fakeIdentity, leafContext, startFakeProxy } from './fake-proxy.ts';
import type { TestPki } from './test-pki.ts';
import { makeTestPki } from './test-pki.ts';
import { patienceMs } from '../../support/patience.ts';

describe('asking a proxy on its admin port', () => {
  let pki: TestPki;
  let proxy: FakeProxy;

  before(async () => {
    pki = await makeTestPki();
    proxy = await startFakeProxy({ context: undefined, anchors: [], answer: 'live', ready: true });
  });
  beforeEach(async () => {
    const context = await leafContext(pki.a);
    Object.assign(proxy.behaviour, { context, anchors: [pki.A], answer: 'live', ready: true });
  });
  after(() => proxy.stop());

  function ask(probe?: ClientPair, reach: Partial<Reach> = {}): Promise<ProxyAnswer> {
    return askProxy(
      {
        endpoint: proxy.endpoint,
        serverName: fakeIdentity,
        ...(probe === undefined ? {} : { probe }),
      },
      { timeoutMs: patienceMs, ...reach },
    );
  }

  it('shows what stands behind a leaf although key identifiers were made by different methods', async () => {
    const bridge = await makeCertificate({
      commonName: 'root.linkerd.cluster.local',
      signer: pki.A,
      keys: pki.B.keys,
      isCa: true,
      withKeyId: 'ab'.repeat(20),
    });
    for (let leaf = 0; leaf < 3; leaf += 1) {
      proxy.behaviour.context = await leafContext(pki.b, [bridge]);

      const answer = await ask();

      assert.ok(answer.outcome === 'answered');
      assert.deepEqual(
        answer.chain.behind.map(({ raw }) => fingerprintOf(decodeCertificate(raw))),
        [pki.b, bridge].map(({ certificate }) => fingerprintOf(certificate)),
      );
    }
  });

  it('reads a chain the way that leaks it once an issuer, however many leaves there are', async () => {
    const issuer = await makeCertificate({ commonName: 'issuer', signer: pki.A, isCa: true });
    const reads = mock.method(TLSSocket.prototype, 'getPeerX509Certificate');
    try {
      for (let leaf = 0; leaf < 5; leaf += 1) {
        proxy.behaviour.context = await leafContext(issuer);
        assert.equal((await ask()).outcome, 'answered');
      }
      assert.equal(reads.mock.callCount(), 1);
    } finally {
      reads.mock.restore();
    }
  });

  it('reads a leaf that was met before without having Node decode it', async () => {
    assert.equal((await ask()).outcome, 'answered');
    const reads = mock.method(TLSSocket.prototype, 'getPeerCertificate');
    try {
      const answer = await ask();
      assert.ok(answer.outcome === 'answered');
      assert.match(decodeCertificate(answer.chain.leaf.der).subject, new RegExp(fakeIdentity));
      // The fake proxy, in this very process, reads its clients' certificates.
      const ours = reads.mock.calls.filter(({ stack }) =>
        stack.stack?.includes('/mesh/observation/presented-chain'),
      );
      assert.equal(ours.length, 0);
    } finally {
      reads.mock.restore();
    }
  });

  it('is answered without a client certificate, and shows the chain as presented', async () => {
    proxy.behaviour.context = await leafContext(pki.b, [pki.bridge]);

    const answer = await ask();

    assert.ok(answer.outcome === 'answered');
    const { leaf } = answer.chain;
    const behind = answer.chain.behind.map(({ raw }) => fingerprintOf(decodeCertificate(raw)));
    assert.equal(fingerprintOf(decodeCertificate(leaf.der)), leaf.fingerprint);
    // The bridge looks self-signed by its names, and it is there all the same.
    assert.deepEqual(
      behind,
      [pki.b, pki.bridge].map(({ certificate }) => fingerprintOf(certificate)),
    );
    assert.equal(answer.askedForCertificate, true);
  });

  it('is answered when the probe verifies under what the proxy holds, through a bridge too', async () => {
    assert.equal((await ask(await clientPair(pki.a))).outcome, 'answered');
    assert.equal((await ask(await clientPair(pki.b, [pki.bridge]))).outcome, 'answered');
    proxy.behaviour.anchors = [pki.B];
    assert.equal((await ask(await clientPair(pki.b, [pki.bridge]))).outcome, 'answered');
  });

  it('is refused when the probe does not', async () => {
    const answer = await ask(await clientPair(pki.b));

    assert.ok(answer.outcome === 'refused');
    assert.equal(answer.alert, undefined);
  });

  it('works the same over a forwarded connection', async () => {
    const reach = { dial: () => proxy.dial() };
    assert.equal((await ask(undefined, reach)).outcome, 'answered');
    assert.equal((await ask(await clientPair(pki.b), reach)).outcome, 'refused');
  });

  it('tells a proxy without a leaf by its readiness', async () => {
    Object.assign(proxy.behaviour, { context: undefined, ready: false });
    assert.equal((await ask()).outcome, 'no-leaf');
    assert.equal((await ask(undefined, { dial: () => proxy.dial() })).outcome, 'no-leaf');
  });

  it('does not take a ready proxy that fails the handshake for one without a leaf', async () => {
    proxy.behaviour.context = undefined;
    const answer = await ask();
    assert.equal(answer.outcome, 'unreachable');
    assert.match(detailOf(answer), /though \/ready answers 200/);
  });

  it('takes silence, and a close that no probe explains, for no answer', async () => {
    proxy.behaviour.answer = 'silence';
    const silent = await ask(await clientPair(pki.a), { timeoutMs: 1_000 });
    assert.equal(silent.outcome, 'unreachable');
    assert.match(detailOf(silent), /no answer within 1000 ms/);

    proxy.behaviour.answer = 'close';
    assert.equal((await ask()).outcome, 'unreachable');
  });

  it('says what stood in the way of a connection', async () => {
    const endpoint = { ...proxy.endpoint, port: 4192 };
    const answer = await askProxy(
      { endpoint, serverName: fakeIdentity },
      { timeoutMs: patienceMs },
    );
    assert.match(detailOf(answer), /ECONNREFUSED/);

    const dial = (): Promise<never> => Promise.reject(new Error('the pod is gone'));
    assert.match(detailOf(await ask(undefined, { dial })), /the pod is gone/);
  });

  it('notices a server that never asked for a certificate', async () => {
    const { keyPem, chainPem } = await clientPair(pki.a);
    const server = createServer(
      { key: keyPem, cert: chainPem, minVersion: 'TLSv1.3' },
      (socket) => {
        socket.end('HTTP/1.1 200 OK\r\n\r\n');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Sound: a server that listens on TCP has an address with a port.
    const { port } = server.address() as AddressInfo;
    const endpoint = { ...proxy.endpoint, ip: '127.0.0.1', port };
    const probe = await clientPair(pki.b);
    const answer = await askProxy(
      { endpoint, serverName: fakeIdentity, probe },
      { timeoutMs: patienceMs },
    );
    server.close();
    assert.ok(answer.outcome === 'answered');
    assert.equal(answer.askedForCertificate, false);
  });

  it('ends with the reason of its signal, before and during the handshake', async () => {
    const reason = new Error('cancelled by a test');
    await assert.rejects(ask(undefined, { signal: AbortSignal.abort(reason) }), reason);

    proxy.behaviour.answer = 'silence';
    const controller = new AbortController();
    const asked = proxy.handshakes();
    const pending = ask(undefined, { signal: controller.signal, timeoutMs: patienceMs });
    const rejected = assert.rejects(pending, reason);
    while (proxy.handshakes() === asked) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await rejected;
  });
});

function detailOf(answer: ProxyAnswer): string {
  return answer.outcome === 'answered' ? '' : answer.detail;
}
