import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { RotationAnchors } from '../../../domain/anchors.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import { copyAnchorPair, readAnchor } from '../../../mesh/anchors.ts';
import { ensureBridge, readBridge } from '../../../mesh/bridge.ts';
import { markBeforeRenewal, renewCertificate } from '../../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../../mesh/certificates.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { Clock } from '../../../mesh/observation/clock.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { loadProbe } from '../../../mesh/observation/kept-probe.ts';
import type { Probe, ProbeName } from '../../../mesh/observation/probe.ts';
import { probeFault } from '../../../mesh/observation/probe.ts';
import type {
  ProbeContext,
  ProbeSource,
  ProbeSupply,
} from '../../../mesh/observation/probe-kit.ts';
import { ProbeKit } from '../../../mesh/observation/probe-kit.ts';
import { pointSigner } from '../../../mesh/signer.ts';
import { secretRef } from '../../../mesh/tls-secret.ts';
import { parseChain, splitPem } from '../../../mesh/x509.ts';
import type { Approval } from '../../../simulator/cluster/cluster-options.ts';
import type { SimulatedPki } from '../../support/simulated-pki.ts';
import { soon, startPki } from '../../support/simulated-pki.ts';
import { WebhookOutage } from '../../support/webhook-outage.ts';
import { quickTimings } from './observed-mesh.ts';

const objects = documentedObjects;
const { trustNamespace: namespace } = objects;
const hourMs = 3_600_000;

describe('the kit of probes', () => {
  let pki: SimulatedPki;
  let anchors: Required<RotationAnchors>;
  let sources: Record<ProbeName, ProbeSource & { readonly secretName: string }>;
  let approval: Approval;
  const webhook = new WebhookOutage();
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (fields: object) => warnings.push(JSON.stringify(fields)),
  };

  before(async () => {
    approval = 'approve';
    const isProbe = (name: string): boolean => name.startsWith(objects.probe);
    pki = await startPki({
      faults: (request) => webhook.faultFor(request),
      certManager: {
        approve: ({ metadata }) => (isProbe(metadata.name) ? approval : 'approve'),
      },
    });
    const { kube } = pki;
    const a = await readAnchor(kube, { namespace, name: objects.trustAnchor });
    assert.ok(a !== undefined);
    await copyAnchorPair(kube, {
      namespace,
      from: objects.trustAnchor,
      to: objects.previousAnchor,
    });
    const pinned = { clusterIssuer: objects.clusterIssuer, secretName: objects.previousAnchor };
    await pointSigner(kube, pinned, soon());
    const ref = certificateRef(namespace, objects.trustAnchor);
    const since = await markBeforeRenewal(kube, ref);
    await renewCertificate(kube, ref, { ...soon(), since, token: 'b' });
    const b = await readAnchor(kube, { namespace, name: objects.trustAnchor });
    assert.ok(b !== undefined);
    await ensureBridge(kube, objects, { ...soon(), a });
    const bridge = await readBridge(kube, objects);
    assert.ok(bridge !== undefined);
    anchors = { a, b };
    sources = {
      a: { name: 'a', under: a.certificate.fingerprint, secretName: objects.previousAnchor },
      b: { name: 'b', under: b.certificate.fingerprint, secretName: objects.trustAnchor },
      x: { name: 'x', under: bridge.certificate.fingerprint, secretName: objects.bridge },
    };
  });
  beforeEach(() => {
    approval = 'approve';
  });
  after(() => pki.stop());

  it('makes probes under A alone, B alone and both, of the depth of a leaf', async () => {
    const supplied = await newKit().supply([sources.a, sources.b, sources.x], context());
    for (const [name, length] of [
      ['a', 2],
      ['b', 2],
      ['x', 3],
    ] as const) {
      const probe = probeIn(supplied, name);
      const chain = await parseChain(probe.chainPem);
      assert.equal(chain.length, length);
      assert.equal(
        await probeFault(name, probe.chainPem, { anchors, atMs: Date.now() }),
        undefined,
      );
      const [leaf, trial] = chain;
      assert.deepEqual(leaf?.extendedKeyUsages, ['clientAuth']);
      assert.deepEqual(leaf.dnsNames, [
        'probe.linkerd-trust.serviceaccount.identity.linkerd.mesh.test',
      ]);
      assert.deepEqual([leaf.isCa, trial?.isCa], [false, true]);
      assert.deepEqual(trial?.extendedKeyUsages, ['serverAuth', 'clientAuth']);
    }
    assert.deepEqual(await requestNames(), []);
  });

  it('keeps a probe in memory and renews it while a third of its life is left', async () => {
    let nowMs = Date.now();
    const clock = { ...systemClock, nowMs: () => nowMs };
    const kit = newKit(clock);
    const first = probeIn(await kit.supply([sources.b], context()), 'b');
    nowMs += 15 * hourMs;
    assert.equal(probeIn(await kit.supply([sources.b], context()), 'b'), first);
    nowMs += 2 * hourMs;
    assert.notEqual(probeIn(await kit.supply([sources.b], context()), 'b'), first);
  });

  it('says which webhook keeps it from making one, and makes it when that is back', async () => {
    let nowMs = Date.now();
    const kit = newKit({ ...systemClock, nowMs: () => nowMs });
    webhook.pause();
    const supply = (await kit.supply([sources.b], context())).get('b');
    webhook.resume();
    assert.ok(supply !== undefined && 'unavailable' in supply && !supply.isForGood);
    assert.match(
      supply.unavailable,
      /failed calling webhook "webhook\.cert-manager\.io".* Next step: look at the pods behind Service cert-manager\/cert-manager-webhook/,
    );
    nowMs += 60_000;
    probeIn(await kit.supply([sources.b], context()), 'b');
  });

  it('makes one probe for two surveys at once, and lets it age', async () => {
    const slept: number[] = [];
    const told: string[] = [];
    const clock: Clock = {
      nowMs: () => Date.now(),
      sleep: async (ms) => {
        slept.push(ms);
      },
    };
    const kit = newKit(clock);
    const timings = { ...quickTimings, certificateAgeMs: 60_000 };
    const aging = { ...context(), timings, onProgress: (text: string) => void told.push(text) };
    const [one, other] = await Promise.all([
      kit.supply([sources.b], aging),
      kit.supply([sources.b], aging),
    ]);
    assert.equal(probeIn(one, 'b'), probeIn(other, 'b'));
    assert.equal(slept.length, 2);
    assert.ok(slept.every((ms) => ms > 50_000 && ms <= 60_000));
    assert.match(told.at(-1) ?? '', /fresh probes age for \d+ s/);
  });

  it('says why there is no probe, and does not ask again at once', async () => {
    const kit = newKit();
    approval = 'deny';
    const denied = await kit.supply([sources.b], context());
    assert.match(reasonIn(denied, 'b'), /denied by the cluster's approval policy/);
    const warned = warnings.length;
    assert.match(warnings.at(-1) ?? '', /denied/);
    approval = 'approve';
    assert.equal(reasonIn(await kit.supply([sources.b], context()), 'b'), reasonIn(denied, 'b'));
    assert.equal(warnings.length, warned);
  });

  it('names what is missing to sign: an anchor that left, a key that is gone, a wrong Secret', async () => {
    const { name, under } = sources.a;
    const gone = await newKit().supply([{ name, under }], context());
    assert.match(reasonIn(gone, 'a'), /neither Secret .* holds A any more/);

    const keyless = { ...sources.b, secretName: 'no-such-secret' };
    const without = await newKit().supply([keyless], context());
    assert.match(reasonIn(without, 'b'), /no private key/);
    assert.deepEqual([gone.get('a'), without.get('b')].map(isForGood), [true, true]);

    const swapped = { ...sources.b, secretName: objects.previousAnchor };
    const wrong = reasonIn(await newKit(impatient).supply([swapped], context()), 'b');
    assert.match(wrong, /it verifies under A alone, wanted is under B alone/);
  });

  it('keeps the A-probe where a later worker finds it, and makes it only once', async () => {
    const { kube } = pki;
    const untilMs = Date.now() + 30 * 24 * hourMs;
    const kept = await newKit().keepForProof(sources.a, untilMs, context());
    assert.ok(Date.parse(kept.notAfter) >= untilMs);
    assert.deepEqual(await newKit().keepForProof(sources.a, untilMs, context()), kept);

    const { name, under } = sources.a;
    const found = probeIn(await newKit().supply([{ name, under }], context()), 'a');
    assert.equal(found.notAfter, kept.notAfter);
    assert.ok(
      new X509Certificate(splitPem(found.chainPem)[0] ?? '').validToDate.getTime() >= untilMs,
    );

    const later = untilMs + 24 * hourMs;
    const renewed = await newKit().keepForProof(sources.a, later, context());
    assert.ok(Date.parse(renewed.notAfter) >= later);
    await assert.rejects(
      newKit().keepForProof({ name, under }, later + hourMs, context()),
      /neither Secret/,
    );

    const ref = secretRef(namespace, objects.probe);
    await kube.patch(
      ref,
      { data: { 'tls.key': Buffer.from('other').toString('base64') } },
      'merge',
    );
    assert.equal(await loadProbe(kube, objects, { anchors, atMs: Date.now() }), undefined);
    await kube.patch(
      ref,
      { data: { 'tls.crt': Buffer.from('other').toString('base64') } },
      'merge',
    );
    assert.equal(await loadProbe(kube, objects, { anchors, atMs: Date.now() }), undefined);
  });

  it('ends with the reason of its signal', async () => {
    approval = 'wait';
    const controller = new AbortController();
    const reason = new Error('cancelled by a test');
    const onProgress = (): void => controller.abort(reason);
    const pending = { ...context(), signal: controller.signal, onProgress };
    await assert.rejects(newKit().supply([sources.b], pending), reason);
    assert.deepEqual(await requestNames(), []);
  });

  it('removes its Issuers, requests and the kept probe, twice without complaint', async () => {
    const kit = newKit();
    await kit.supply([sources.a, sources.b], context());
    await kit.removeObjects(objects);
    await kit.removeObjects(objects);
    assert.deepEqual(await names(resources.issuers), ['linkerd-trust-root-issuer']);
    assert.deepEqual(await requestNames(), []);
    const kept = await loadProbe(pki.kube, objects, { anchors, atMs: Date.now() });
    assert.equal(kept, undefined);
  });

  it('has never let a key into a warning', () => {
    assert.ok(warnings.length >= 3);
    assert.ok(!warnings.some((text) => text.includes('PRIVATE KEY')));
  });

  /** Does not wait between its attempts. */
  const impatient: Clock = { nowMs: () => Date.now(), sleep: () => Promise.resolve() };

  function newKit(clock: Clock = systemClock): ProbeKit {
    return new ProbeKit({ kube: pki.kube, clock, log });
  }

  function context(): ProbeContext {
    const usages = ['cert sign', 'crl sign', 'server auth', 'client auth'];
    return {
      objects,
      anchors,
      timings: quickTimings,
      issuerSettings: () => Promise.resolve({ trustDomain: 'mesh.test', usages }),
    };
  }

  async function requestNames(): Promise<string[]> {
    const all = await names(resources.certificateRequests);
    return all.filter((name) => name.startsWith(objects.probe));
  }

  async function names(type: (typeof resources)['issuers']): Promise<string[]> {
    const named = z.object({ metadata: z.object({ name: z.string() }) });
    const found = await pki.kube.list(type, named, { namespace });
    return found.map(({ metadata }) => metadata.name);
  }
});

function probeIn(supplied: ReadonlyMap<ProbeName, ProbeSupply>, name: ProbeName): Probe {
  const supply = supplied.get(name);
  assert.ok(supply !== undefined && 'probe' in supply, JSON.stringify(supply));
  return supply.probe;
}

function reasonIn(supplied: ReadonlyMap<ProbeName, ProbeSupply>, name: ProbeName): string {
  const supply = supplied.get(name);
  assert.ok(supply !== undefined && 'unavailable' in supply);
  return supply.unavailable;
}

function isForGood(supply: ProbeSupply | undefined): boolean {
  return supply !== undefined && 'isForGood' in supply && supply.isForGood;
}
