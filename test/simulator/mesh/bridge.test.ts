import assert from 'node:assert/strict';

import { attemptHandshake } from '../../../simulator/mesh/traffic/handshake.ts';
import type { Issuer } from '../../../simulator/mesh/identity/issuer-file.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { Proxy } from '../../../simulator/mesh/proxy/proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Authority } from './authorities.ts';
import { crossSign, makeAnchor, makeIssuer } from './authorities.ts';
import { issuerOf, startTestProxy, TestCertifier } from './test-proxies.ts';
import { patienceMs } from '../../support/patience.ts';

interface Mesh {
  readonly issuers: Readonly<Record<'a' | 'b' | 'x', Issuer>>;
  readonly bundles: Readonly<Record<'A' | 'A,B' | 'B', string>>;
}

async function makeMesh(nameOfA: string, nameOfB: string): Promise<Mesh> {
  const anchorA = await makeAnchor(nameOfA);
  const anchorB = await makeAnchor(nameOfB);
  const issuerA = await makeIssuer('identity', anchorA);
  const issuerB = await makeIssuer('identity', anchorB);
  const bridge = await crossSign(anchorB, anchorA);
  const text = (...anchors: Authority[]): string => anchors.map(({ pem }) => pem).join('\n');
  return {
    issuers: {
      a: issuerOf(issuerA, anchorA),
      b: issuerOf(issuerB, anchorB),
      x: issuerOf(issuerB, anchorB, [bridge]),
    },
    bundles: { A: text(anchorA), 'A,B': text(anchorA, anchorB), B: text(anchorB) },
  };
}

/** Columns: client leaf; rows: what the server holds (bridge.md §2). */
const accepted = {
  A: { a: true, x: true, b: false },
  'A,B': { a: true, x: true, b: true },
  B: { a: false, x: true, b: true },
} as const;

for (const [names, nameOfA, nameOfB] of [
  ['the same name', 'root', 'root'],
  ['different names', 'root-1', 'root-2'],
] as const) {
  describe(`the bridge between two anchors of ${names}`, () => {
    let addresses: PodAddresses;
    let mesh: Mesh;
    const proxies: Proxy[] = [];

    before(async () => {
      addresses = await claimPodAddresses();
      mesh = await makeMesh(nameOfA, nameOfB);
    });
    after(async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await addresses.close();
    });

    async function readyProxy(
      bundle: keyof Mesh['bundles'],
      leaf: keyof Mesh['issuers'],
    ): Promise<Proxy> {
      const proxy = await startTestProxy({
        serviceAccount: `holds-${bundle.replace(',', '')}-presents-${leaf}`.toLowerCase(),
        addresses,
        anchors: mesh.bundles[bundle],
        certifier: new TestCertifier(mesh.issuers[leaf]),
      });
      proxies.push(proxy);
      await waitFor(() => proxy.ready(), { what: 'the proxy has a leaf' });
      return proxy;
    }

    for (const held of ['A', 'A,B', 'B'] as const) {
      for (const presented of ['a', 'x', 'b'] as const) {
        const expected = accepted[held][presented] ? 'accepts' : 'refuses';
        it(`a server that holds {${held}} ${expected} a client that presents ${presented}`, async () => {
          const server = await readyProxy(held, 'x');
          const client = await readyProxy('A,B', presented);

          const { result } = await attemptHandshake(client, server, patienceMs);

          assert.equal(result, accepted[held][presented] ? 'ok' : 'server-rejected');
        });
      }
    }

    it('a client that holds {A} refuses a server that presents b', async () => {
      const server = await readyProxy('B', 'b');
      const client = await readyProxy('A', 'a');

      const { result, detail } = await attemptHandshake(client, server, patienceMs);

      assert.equal(result, 'client-rejected');
      assert.equal(detail, 'unknown-issuer');
    });

    it('a proxy that holds {A} refuses its own new leaf under b, counts that, and keeps the old one', async () => {
      const certifier = new TestCertifier(mesh.issuers.a, -3_000);
      const proxy = await startTestProxy({
        serviceAccount: 'keeps-its-leaf',
        addresses,
        anchors: mesh.bundles.A,
        certifier,
      });
      proxies.push(proxy);
      await waitFor(() => proxy.ready(), { what: 'the proxy has a leaf' });
      const before = proxy.credentials.leaf()?.chain[0]?.fingerprint;

      certifier.issuer = mesh.issuers.b;
      const { ok } = proxy.refreshes();
      await waitFor(() => proxy.refreshes().error > 0, { what: 'a refresh was refused' });

      assert.equal(proxy.refreshes().ok, ok);
      assert.ok(before !== undefined);
      assert.ok(proxy.credentials.leaf() !== undefined);
      assert.ok(proxy.ready());
    });
  });
}
