import assert from 'node:assert/strict';
import { get } from 'node:http';
import { request as tlsRequest } from 'node:https';

import { attemptHandshake } from '../../../simulator/mesh/traffic/handshake.ts';
import { ProxyEnv } from '../../../simulator/mesh/linkerd-names.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { Proxy } from '../../../simulator/mesh/proxy/proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Authority } from './authorities.ts';
import { makeAnchor, makeIssuer } from './authorities.ts';
import type { TestProxyOptions } from './test-proxies.ts';
import { issuerOf, startTestProxy, TestCertifier } from './test-proxies.ts';
import { patienceMs } from '../../support/patience.ts';

describe('a proxy and its leaf', () => {
  let addresses: PodAddresses;
  let anchor: Authority;
  let certifier: TestCertifier;
  let identity: Proxy;
  const proxies: Proxy[] = [];

  beforeEach(async () => {
    addresses = await claimPodAddresses();
    anchor = await makeAnchor('root');
    certifier = new TestCertifier(issuerOf(await makeIssuer('identity', anchor), anchor));
    identity = await start({ serviceAccount: 'linkerd-identity', certifier });
    await waitFor(() => identity.ready(), { what: 'identity has a leaf' });
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
    await addresses.close();
  });

  async function start(options: Partial<TestProxyOptions>): Promise<Proxy> {
    const proxy = await startTestProxy({
      serviceAccount: 'web',
      addresses,
      anchors: anchor.pem,
      ...options,
    });
    proxies.push(proxy);
    return proxy;
  }

  it('fetches it over the mesh, through the proxy of the identity pod', async () => {
    const web = await start({ identityPodIps: [identity.podIp] });

    await waitFor(() => web.ready(), { what: 'the proxy is ready' });

    assert.deepEqual(web.credentials.leaf()?.chain[0]?.dnsNames, [web.credentials.name]);
    assert.equal((await attemptHandshake(web, identity, patienceMs)).result, 'ok');
  });

  it('does not become ready while its anchors do not verify the identity pod', async () => {
    const other = await makeAnchor('root');
    const web = await start({ identityPodIps: [identity.podIp], anchors: other.pem });

    assert.equal(await statusOf(web, '/ready'), 503);
    assert.equal(await statusOf(web, '/live'), 200);
    assert.deepEqual(web.refreshes(), { ok: 0, error: 0 });
    assert.equal(certifier.requests, 1);
  });

  it('refreshes it before it expires and keeps its key', async () => {
    // With the skew allowance of 5 s, so that a busy machine still has three seconds when it falls due.
    certifier.lifetimeMs = 5_000;
    const web = await start({ identityPodIps: [identity.podIp] });
    await waitFor(() => web.ready(), { what: 'the proxy is ready' });
    const first = web.credentials.leaf()?.chain[0];

    await waitFor(() => web.refreshes().ok > 1, { what: 'it refreshed' });

    const second = web.credentials.leaf()?.chain[0];
    assert.notEqual(second?.fingerprint, first?.fingerprint);
    assert.equal(second?.publicKey, first?.publicKey);
  });

  it('never gets another once it has expired, and goes on saying that it is ready', async () => {
    // The skew allowance of 5 s leaves a second and a bit.
    certifier.lifetimeMs = -3_500;
    const problems: string[] = [];
    const reachable = [identity.podIp];
    const web = await start({ identityPodIps: reachable, problems, minRefreshMs: 50 });
    await waitFor(() => web.ready(), { what: 'the proxy is ready' });
    reachable.length = 0;
    certifier.lifetimeMs = 60_000;
    await waitFor(
      () => {
        return (web.credentials.leaf()?.notAfterMs ?? 0) < Date.now();
      },
      { what: 'the leaf expired' },
    );
    const requests = certifier.requests;
    const { ok } = web.refreshes();

    problems.length = 0;
    reachable.push(identity.podIp);
    await waitFor(() => problems.length > 2, { what: 'identity refused it several times' });

    assert.ok(
      problems.every((problem) => /ECONNRESET|closed|hang up/.test(problem)),
      problems[0],
    );
    assert.equal(web.refreshes().ok, ok);
    assert.equal(certifier.requests, requests);
    assert.equal(await statusOf(web, '/ready'), 200);
  });

  it('serves its environment and metrics on the admin port', async () => {
    const text = await bodyOf(identity, `/env.json?${ProxyEnv.TrustAnchors}&NOT_SET`);
    const metrics = await bodyOf(identity, '/metrics');

    assert.deepEqual(JSON.parse(text), { [ProxyEnv.TrustAnchors]: anchor.pem, NOT_SET: null });
    assert.match(metrics, /^control_identity_cert_refreshes_total\{result="ok"\} 1$/m);
    assert.match(metrics, /^control_identity_cert_expiration_timestamp_seconds \d+/m);
  });

  it('answers TLS on the admin port under its own name, and closes under any other', async () => {
    const call = (servername: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        tlsRequest(
          {
            host: identity.podIp,
            port: 4191,
            path: '/live',
            servername,
            rejectUnauthorized: false,
            agent: false,
          },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        )
          .once('error', reject)
          .end();
      });

    assert.equal(await call(identity.credentials.name), 200);
    await assert.rejects(call('somebody.else'), { code: 'ECONNRESET' });
  });

  it('refuses to start on a bundle that its start-up helper cannot read', async () => {
    await assert.rejects(start({ anchors: `${anchor.pem}\n\n` }), /not a PEM certificate/);
  });
});

function bodyOf(proxy: Proxy, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: proxy.podIp, port: 4191, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        resolve(text);
      });
    }).once('error', reject);
  });
}

function statusOf(proxy: Proxy, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: proxy.podIp, port: 4191, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}
