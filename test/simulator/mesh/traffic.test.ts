import assert from 'node:assert/strict';

import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import type { Proxy } from '../../../simulator/mesh/proxy/proxy.ts';
import { Traffic } from '../../../simulator/mesh/traffic/traffic.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Authority } from './authorities.ts';
import { makeAnchor, makeIssuer } from './authorities.ts';
import { issuerOf, startTestProxy, TestCertifier } from './test-proxies.ts';

describe('traffic', () => {
  let addresses: PodAddresses;
  let anchorA: Authority;
  let anchorB: Authority;
  const proxies = new Map<string, Proxy>();
  let traffic: Traffic;

  beforeEach(async () => {
    addresses = await claimPodAddresses();
    anchorA = await makeAnchor('root');
    anchorB = await makeAnchor('root');
    traffic = new Traffic({
      peers: () => [...proxies].map(([pod, proxy]) => ({ pod, proxy })),
      ratePerSecond: 200,
    });
  });
  afterEach(async () => {
    await traffic.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    proxies.clear();
    await addresses.close();
  });

  async function addProxy(name: string, held: Authority[], signer: Authority): Promise<void> {
    const proxy = await startTestProxy({
      serviceAccount: name,
      addresses,
      anchors: held.map(({ pem }) => pem).join('\n'),
      certifier: new TestCertifier(issuerOf(await makeIssuer('identity', signer), signer)),
    });
    proxies.set(`test/${name}`, proxy);
    await waitFor(() => proxy.ready(), { what: 'the proxy has a leaf' });
  }

  it('tries every pair of states and every proxy in both roles', async () => {
    await addProxy('one', [anchorA], anchorA);
    await addProxy('two', [anchorA], anchorA);
    await addProxy('both', [anchorA, anchorB], anchorA);

    traffic.start();
    await waitFor(() => traffic.snapshot().tried >= 40, { what: 'enough was tried' });
    await traffic.stop();

    const { tried, failed, phases } = traffic.snapshot();
    assert.equal(failed, 0);
    assert.equal(phases['start']?.tried, tried);
    assert.deepEqual(Object.keys(phases['start'].clients).length, 3);
    assert.deepEqual(Object.keys(phases['start'].servers).length, 3);
    // The one proxy that holds both cannot meet its like.
    assert.equal(phases['start'].statePairs.length, 3);
    assert.ok(phases['start'].statePairs.every((pair) => pair.tried > 0));
  });

  it('gives each proxy its turns at once where a phase begins, whatever its rate', async () => {
    await addProxy('one', [anchorA], anchorA);
    await addProxy('two', [anchorA], anchorA);
    traffic = new Traffic({
      peers: () => [...proxies].map(([pod, proxy]) => ({ pod, proxy })),
      ratePerSecond: 0,
      perPeerAndPhase: 4,
    });

    traffic.start();
    await waitFor(() => traffic.snapshot().tried === 8, { what: 'the turns of the first phase' });
    traffic.setPhase('Verifying');
    await waitFor(() => traffic.snapshot().tried === 16, { what: 'the turns of the second' });
    await traffic.stop();

    const { failed, phases } = traffic.snapshot();
    assert.equal(failed, 0);
    assert.deepEqual(phases['Verifying']?.clients, { 'test/one': 4, 'test/two': 4 });
    assert.deepEqual(phases['Verifying'].servers, { 'test/one': 4, 'test/two': 4 });
  });

  it('counts a failing pair with what both held and presented', async () => {
    await addProxy('old', [anchorA], anchorA);
    await addProxy('new', [anchorB], anchorB);
    const short = (authority: Authority): string => authority.facts.fingerprint.slice(0, 8);

    traffic.setPhase('RenewingIdentityIssuer');
    traffic.start();
    await waitFor(() => traffic.snapshot().tried >= 4, { what: 'something was tried' });
    await traffic.stop();

    const snapshot = traffic.snapshot();
    const phase = snapshot.phases['RenewingIdentityIssuer'];
    assert.equal(snapshot.failed, snapshot.tried);
    assert.equal(phase?.failuresByResult['client-rejected'], snapshot.failed);
    const failure = phase.failures.find(({ client }) => client.pod === 'test/old');
    assert.equal(failure?.server.pod, 'test/new');
    assert.equal(failure.client.state, `{${short(anchorA)}}/{${short(anchorA)}}`);
    assert.equal(failure.server.state, `{${short(anchorB)}}/{${short(anchorB)}}`);
    assert.deepEqual(failure.client.anchors, [anchorA.facts.fingerprint]);
    assert.equal(failure.client.issuerChain.length, 1);
    assert.equal(failure.detail, 'unknown-issuer');
  });

  it('counts a proxy that is gone as a failure', async () => {
    await addProxy('one', [anchorA], anchorA);
    await addProxy('two', [anchorA], anchorA);
    await proxies.get('test/two')?.stop();

    traffic.start();
    await waitFor(() => traffic.snapshot().failed >= 4, { what: 'enough was tried' });
    await traffic.stop();

    const phase = traffic.snapshot().phases['start'];
    assert.equal(phase?.failuresByResult.refused, phase?.failed);
  });
});
