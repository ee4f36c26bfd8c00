import assert from 'node:assert/strict';
import { get } from 'node:http';

import type { EventTarget, EventText } from '../../../simulator/mesh/identity/event-recorder.ts';
import type { IdentityController } from '../../../simulator/mesh/identity/identity.ts';
import { startIdentity } from '../../../simulator/mesh/identity/identity.ts';
import type { MountedFiles } from '../../../simulator/mesh/node/mounted-files.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { CertifyRequest } from '../../../simulator/mesh/proxy/identity-protocol.ts';
import { createProxyCredentials } from '../../../simulator/mesh/proxy/proxy-credentials.ts';
import { factsOfPem } from '../../../simulator/mesh/trust/certificate-facts.ts';
import type { Authority } from './authorities.ts';
import { crossSign, makeAnchor, makeIssuer } from './authorities.ts';

class TestFiles implements MountedFiles {
  bundle = '';
  issuer = { certificates: '', key: '' };
  readonly #callbacks = new Set<() => void>();

  read(path: string): string | undefined {
    if (path.endsWith('ca-bundle.crt')) return this.bundle;
    return path.endsWith('tls.crt') ? this.issuer.certificates : this.issuer.key;
  }

  onSwap(_directory: string, callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  swapIssuer(issuer: Authority, behind: string[] = []): void {
    this.setIssuer(issuer, behind);
    for (const callback of this.#callbacks) callback();
  }

  setIssuer(issuer: Authority, behind: string[] = []): void {
    this.issuer = { certificates: [issuer.pem, ...behind].join('\n'), key: issuer.keyPem };
  }
}

describe('linkerd-identity', () => {
  let addresses: PodAddresses;
  let podIp: string;
  let anchorA: Authority;
  let anchorB: Authority;
  let issuerA: Authority;
  let issuerB: Authority;
  let files: TestFiles;
  let events: EventText[];
  let targets: EventTarget[];
  let identity: IdentityController | undefined;

  before(async () => {
    addresses = await claimPodAddresses();
    anchorA = await makeAnchor('root');
    anchorB = await makeAnchor('root');
    issuerA = await makeIssuer('identity', anchorA);
    issuerB = await makeIssuer('identity', anchorB, { notAfterMs: Date.now() + 7_200_000 });
  });
  after(() => addresses.close());

  beforeEach(() => {
    podIp = addresses.take();
    events = [];
    targets = [];
    files = new TestFiles();
    files.bundle = anchorA.pem;
    files.setIssuer(issuerA);
  });
  afterEach(async () => {
    await identity?.stop();
    identity = undefined;
  });

  async function start(): Promise<IdentityController> {
    identity = await startIdentity({
      podIp,
      args: ['identity', '-identity-issuance-lifetime=30s', '-identity-clock-skew-allowance=2s'],
      files,
      events: {
        record: (target, text) => {
          targets.push(target);
          events.push(text);
        },
      },
      authenticate: (token) => Promise.resolve(token),
    });
    return identity;
  }

  /** Whose token it is stands in it. */
  function requestFor(name: string, signingRequest: Uint8Array): CertifyRequest {
    return { identity: name, token: name, signingRequest };
  }

  function metrics(): Promise<string> {
    return new Promise((resolve, reject) => {
      get({ host: podIp, port: 9990, path: '/metrics', agent: false }, (response) => {
        response.setEncoding('utf8');
        response.once('data', resolve);
      }).once('error', reject);
    });
  }

  it('signs leaves of the asked lifetime and hands out the whole issuer file with them', async () => {
    const running = await start();
    const proxy = await createProxyCredentials('web.test', [anchorA.facts]);

    const { signingRequest } = proxy;
    const { leaf, intermediates } = await running.certify(requestFor('web.test', signingRequest));

    const facts = factsOfPem(leaf);
    const lifetimeMs = Date.parse(facts.notAfter) - Date.parse(facts.notBefore);
    assert.equal(lifetimeMs, 34_000);
    assert.deepEqual(facts.extendedKeyUsages, ['serverAuth', 'clientAuth']);
    assert.deepEqual(
      intermediates.map((pem) => factsOfPem(pem)),
      [issuerA.facts],
    );
  });

  it('signs nothing for an identity other than that of the token', async () => {
    const running = await start();
    const { signingRequest } = await createProxyCredentials('web.test', [anchorA.facts]);

    await assert.rejects(
      running.certify({ identity: 'web.test', token: 'other.test', signingRequest }),
      /requested identity did not match provided token: requested=web\.test; found=other\.test/,
    );
  });

  it('records each leaf at the service account that it is for', async () => {
    const running = await start();
    const name = 'web.shop.serviceaccount.identity.linkerd.cluster.local';
    const { signingRequest } = await createProxyCredentials(name, [anchorA.facts]);

    const { leaf } = await running.certify(requestFor(name, signingRequest));

    const { fingerprint } = factsOfPem(leaf);
    assert.equal(events[0]?.reason, 'IssuedLeafCertificate');
    assert.match(
      events[0].message,
      new RegExp(`^issued certificate for ${name} until .+ UTC: ${fingerprint}$`),
    );
    assert.deepEqual(targets[0], {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace: 'shop',
      name: 'web',
    });
  });

  it('lets no leaf outlive what stands in the issuer file', async () => {
    const endsSoon = await makeIssuer('identity', anchorA, { notAfterMs: Date.now() + 10_000 });
    files.setIssuer(endsSoon);
    const running = await start();
    const { signingRequest } = await createProxyCredentials('web.test', [anchorA.facts]);

    const { leaf } = await running.certify(requestFor('web.test', signingRequest));

    assert.equal(factsOfPem(leaf).notAfter, endsSoon.facts.notAfter);
  });

  it('refuses an issuer under B while it started with {A}, says so, and keeps the old one', async () => {
    const running = await start();

    files.swapIssuer(issuerB);

    assert.deepEqual(running.issuerChain(), [issuerA.facts]);
    assert.deepEqual(
      events.map(({ type, reason }) => `${type} ${reason}`),
      ['Warning IssuerUpdateSkipped'],
    );
  });

  it('takes a bridged issuer while it started with {A}, and shows that in its metric', async () => {
    const running = await start();

    files.swapIssuer(issuerB, [await crossSign(anchorB, anchorA)]);

    assert.equal(running.issuerChain().length, 2);
    assert.deepEqual(
      events.map(({ type, reason }) => `${type} ${reason}`),
      ['Normal IssuerUpdated'],
    );
    const [, ttl] = /issuer_cert_ttl_seconds (\d+)/.exec(await metrics()) ?? [];
    assert.ok(Number(ttl) > 3_600);
  });

  it('does not see a bundle that changes after its start', async () => {
    const running = await start();

    files.bundle = anchorB.pem;
    files.swapIssuer(issuerB);

    assert.deepEqual(running.issuerChain(), [issuerA.facts]);
  });

  it('overlooks one reload when told to', async () => {
    const renewed = await makeIssuer('identity', anchorA);
    const running = await start();
    running.missNextReload();

    files.swapIssuer(renewed);
    assert.deepEqual(running.issuerChain(), [issuerA.facts]);

    files.swapIssuer(renewed);
    assert.deepEqual(running.issuerChain(), [renewed.facts]);
  });

  it('does not start with an issuer that its anchors do not verify', async () => {
    files.setIssuer(issuerB);

    await assert.rejects(start(), /failed to verify issuer credentials/);
  });

  it('does not start with a key that is not the issuer’s, nor with an issuer that is no CA', async () => {
    files.issuer.key = issuerB.keyPem;
    await assert.rejects(start(), /do not match/);

    files.setIssuer(await makeIssuer('identity', anchorA, { isCa: false }));
    await assert.rejects(start(), /not a CA/);
  });

  it('does not start under an expired anchor, though proxies would go on accepting its leaves', async () => {
    const expired = await makeAnchor('root', { notAfterMs: Date.now() - 1_000 });
    files.bundle = expired.pem;
    files.setIssuer(await makeIssuer('identity', expired));

    await assert.rejects(start(), /failed to verify issuer credentials/);
  });

  it('does not start on a bundle with a blank line at its end', async () => {
    files.bundle = `${anchorA.pem}\n\n`;

    await assert.rejects(start(), /not a PEM certificate/);
  });
});
