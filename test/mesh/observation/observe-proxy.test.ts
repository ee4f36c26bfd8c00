import assert from 'node:assert/strict';
import type { RotationAnchors } from '../../../domain/anchors.ts';
import type { ProxyObservation } from '../../../domain/survey.ts';
import { describeHeld, describePresented } from '../../../domain/trust.ts';
import { createChainJudge } from '../../../mesh/observation/chain-judge.ts';
import type { EvidenceStore } from '../../../mesh/observation/evidence.ts';
import { createEvidenceStore } from '../../../mesh/observation/evidence.ts';
import type { ProxyInquiry } from '../../../mesh/observation/observe-proxy.ts';
import { observeProxy } from '../../../mesh/observation/observe-proxy.ts';
import type { ProbeName } from '../../../mesh/observation/probe.ts';
import type { ProbeSupply } from '../../../mesh/observation/probe-kit.ts';
import type { ProxyContainer } from '../../../mesh/observation/proxies.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import type { FakeProxy } from './fake-proxy.ts';
import { clientPair, fakeIdentity, leafContext, startFakeProxy } from './fake-proxy.ts';
import { surveyRequest } from './observed-mesh.ts';
import type { TestPki } from './test-pki.ts';
import { anchorOf, makeTestPki } from './test-pki.ts';
import { patienceMs } from '../../support/patience.ts';

describe('what a survey says about one proxy', () => {
  let pki: TestPki;
  let anchors: Required<RotationAnchors>;
  let proxy: FakeProxy;
  let evidence: EvidenceStore;
  let probes: Map<ProbeName, ProbeSupply>;

  before(async () => {
    pki = await makeTestPki();
    anchors = { a: await anchorOf(pki.A), b: await anchorOf(pki.B) };
    proxy = await startFakeProxy({ context: undefined, anchors: [], answer: 'live', ready: true });
  });
  beforeEach(async () => {
    const context = await leafContext(pki.a);
    Object.assign(proxy.behaviour, { context, anchors: [pki.A], answer: 'live', ready: true });
    evidence = createEvidenceStore();
    probes = new Map([
      ['a', await supplyOf('a', pki.a)],
      ['b', await supplyOf('b', pki.b)],
      ['x', await supplyOf('x', pki.b, [pki.bridge])],
    ]);
  });
  after(() => proxy.stop());

  it('asks all probes once, then only what may have changed', async () => {
    const first = await observe();
    assert.equal(describeHeld(first.holds), 'A');
    assert.equal(first.acceptsBridge, 'yes');
    assert.equal(describePresented(first.presents), 'a');
    assert.equal(first.note, undefined);

    // The refusal of B is asked for once more; then everything is known.
    await observe();
    const asked = proxy.handshakes();
    assert.deepEqual(await observe(), first);
    assert.equal(proxy.handshakes(), asked);
  });

  describe('whose literal environment', () => {
    it('lacks B: is not asked for it, for its absence proves nothing', async () => {
      const environment = [anchors.a.certificate.fingerprint];
      const asked = { proxy: { ...container(), environment } };
      const before = proxy.handshakes();
      const first = await observe(asked);
      assert.equal(describeHeld(first.holds), 'A');
      assert.equal(first.acceptsBridge, 'yes');
      assert.deepEqual(await observe(asked), first);
      // A and the bridge are accepted: that is all there is to ask.
      assert.equal(proxy.handshakes() - before, 2);
    });

    it('lacks A: must refuse it all the same, once, between two handshakes that succeed', async () => {
      Object.assign(proxy.behaviour, { anchors: [pki.B], context: await leafContext(pki.b) });
      const environment = [anchors.b.certificate.fingerprint];
      const signers = { inSecret: 'i2', inUse: [{ a: 'no', b: 'yes' } as const] };
      const asked = { proxy: { ...container(), environment }, inquiry: { signers } };
      const before = proxy.handshakes();
      const first = await observe(asked);
      assert.equal(describeHeld(first.holds), 'B');
      assert.deepEqual(await observe(asked), first);
      // B is accepted before the refusal of A, and the bridge after it.
      assert.equal(proxy.handshakes() - before, 2);
    });

    it('lacks A, and which accepts it nevertheless: holds it', async () => {
      proxy.behaviour.anchors = [pki.A, pki.B];
      const environment = [anchors.b.certificate.fingerprint];
      const held = await observe({ proxy: { ...container(), environment } });
      assert.equal(describeHeld(held.holds), 'A,B');
    });
  });

  it('asks again what a proxy presents as soon as another issuer signs', async () => {
    await observe();
    await observe();
    proxy.behaviour.context = await leafContext(pki.b, [pki.bridge]);
    assert.equal(describePresented((await observe()).presents), 'a');

    const signers = { inSecret: 'i2', inUse: [{ a: 'yes', b: 'yes' } as const] };
    assert.equal(describePresented((await observe({ inquiry: { signers } })).presents), 'x');
  });

  it('tells an expired leaf and a foreign one', async () => {
    const nowMs = (): number => Date.now() + 2 * 86_400_000;
    assert.equal((await observe({ inquiry: { nowMs } })).presents.leaf, 'expired');

    const stranger = await makeTestPki();
    proxy.behaviour.context = await leafContext(stranger.a);
    evidence = createEvidenceStore();
    assert.equal(describePresented((await observe()).presents), 'foreign');
  });

  it('judges a container that does not run by its environment', async () => {
    const { process: _, ...unstarted } = container();
    const environment = [anchors.a, anchors.b].map(({ certificate }) => certificate.fingerprint);
    const waiting = { ...unstarted, lifecycle: 'pending' as const };
    const held = await observe({ proxy: { ...waiting, environment } });
    assert.equal(describeHeld(held.holds), 'A,B');
    assert.equal(held.presents.leaf, 'none');
    assert.equal(describeHeld((await observe({ proxy: waiting })).holds), 'unknown');
  });

  it('judges a running proxy without a leaf by a literal environment, as one that starts', async () => {
    Object.assign(proxy.behaviour, { context: undefined, ready: false });
    const environment = [anchors.b.certificate.fingerprint];
    const literal = await observe({ proxy: { ...container(), environment } });
    assert.equal(describeHeld(literal.holds), 'B');
    assert.equal(literal.lifecycle, 'pending');
    assert.equal(literal.presents.leaf, 'none');

    const fromConfigMap = await observe();
    assert.equal(describeHeld(fromConfigMap.holds), 'unknown');
    assert.equal(fromConfigMap.lifecycle, 'running');
  });

  it('knows nothing of a running proxy that does not answer, whatever its environment says', async () => {
    proxy.behaviour.answer = 'silence';
    const environment = [anchors.a.certificate.fingerprint];
    const silent = await observe({
      proxy: { ...container(), environment },
      inquiry: { reach: { timeoutMs: 1_000 } },
    });
    assert.equal(describeHeld(silent.holds), 'unknown');
    assert.equal(silent.presents.leaf, 'unknown');
    assert.match(silent.note ?? '', /no answer within 1000 ms/);
  });

  it('says why a proxy could not be asked at all', async () => {
    const { ip: _ip, ...homeless } = container();
    assert.match((await observe({ proxy: homeless })).note ?? '', /no address/);
    const { identity: _identity, ...nameless } = container();
    assert.match((await observe({ proxy: nameless })).note ?? '', /identity/);
  });

  it('judges by what a proxy was started with where the key of A is gone for good', async () => {
    const nothing = { unavailable: 'the key of A is gone', isForGood: true };
    probes = new Map([...probes, ['a', nothing]]);
    probes.delete('x');
    proxy.behaviour.anchors = [pki.B];
    const environment = [anchors.b.certificate.fingerprint];

    assert.equal(
      describeHeld((await observe({ proxy: { ...container(), environment } })).holds),
      'B',
    );
    assert.equal((await observe()).holds.a, 'unknown');
  });

  it('says which probe was missing, and concludes from the others', async () => {
    probes.set('a', { unavailable: 'the key of A is gone', isForGood: false });
    const concluded = await observe();
    assert.equal(describeHeld(concluded.holds), 'A');
    assert.match(concluded.note ?? '', /a-probe: the key of A is gone/);

    probes.delete('x');
    evidence = createEvidenceStore();
    assert.equal((await observe()).holds.a, 'unknown');
  });

  it('treats what does not exist yet as held by nobody', async () => {
    const request = surveyRequest({ a: anchors.a });
    const judge = await createChainJudge({ a: anchors.a });
    probes.delete('b');
    probes.delete('x');
    const observed = await observe({ inquiry: { request, judge } });
    assert.deepEqual(observed.holds, { a: 'yes', b: 'no' });
    assert.deepEqual(observed.presents, { leaf: 'valid', a: 'yes', b: 'no' });
  });

  it('takes the environment for a hint only when it may not probe', async () => {
    const environment = [anchors.a.certificate.fingerprint];
    const hinted = await observe({
      proxy: { ...container(), environment },
      inquiry: { request: surveyRequest(anchors, { probe: false }), probes: new Map() },
    });
    assert.equal(describeHeld(hinted.holds), 'A');
    assert.equal(describePresented(hinted.presents), 'a');
  });

  function container(): ProxyContainer {
    const { namespace, pod, ip, port } = proxy.endpoint;
    return {
      namespace,
      pod,
      ip,
      adminPort: port,
      workload: { kind: 'Deployment', namespace, name: 'web' },
      role: 'data-plane',
      lifecycle: 'running',
      process: 'uid/containerd://1',
      identity: fakeIdentity,
      restartMarker: 'aaaaaaaa-bbbbbbbb/both.1',
    };
  }

  async function observe(
    given: { proxy?: ProxyContainer; inquiry?: Partial<ProxyInquiry> } = {},
  ): Promise<ProxyObservation> {
    const observation = await observeProxy(given.proxy ?? container(), {
      request: surveyRequest(anchors),
      evidence,
      judge: await createChainJudge(anchors),
      probes,
      bridge: 'bridge',
      signers: { inSecret: 'i1', inUse: [{ a: 'yes', b: 'no' }] },
      reach: { timeoutMs: patienceMs },
      nowMs: () => Date.now(),
      ...given.inquiry,
    });
    assert.equal(observation.restartMarker, 'aaaaaaaa-bbbbbbbb/both.1');
    return observation;
  }
});

async function supplyOf(
  name: ProbeName,
  issuer: MadeCertificate,
  behind: readonly MadeCertificate[] = [],
): Promise<ProbeSupply> {
  const pair = await clientPair(issuer, behind);
  return { probe: { ...pair, name, notBefore: '', notAfter: '' } };
}
