import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { RotationAnchors } from '../../../domain/anchors.ts';
import { allGates } from '../../../domain/gates/all-gates.ts';
import { reportOn } from '../../../domain/gates/gate.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import { describeHeld, describePresented } from '../../../domain/trust.ts';
import { copyAnchorPair } from '../../../mesh/anchors.ts';
import { ensureBridge } from '../../../mesh/bridge.ts';
import { readBundle } from '../../../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../../mesh/certificates.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { distinctIssuersMs } from '../../../mesh/observation/limits.ts';
import type { Surveyor } from '../../../mesh/observation/survey.ts';
import { createSurveyor } from '../../../mesh/observation/survey.ts';
import { pointSigner } from '../../../mesh/signer.ts';
import { waitFor } from '../../support/wait-for.ts';
import { z } from 'zod';
import type { ObservedMesh } from './observed-mesh.ts';
import { discovered, silentLog, startObservedMesh, surveyRequest } from './observed-mesh.ts';
import { patienceMs } from '../../support/patience.ts';

const objects = documentedObjects;
const wait = (): { deadlineMs: number } => ({ deadlineMs: Date.now() + patienceMs });

describe('a survey of a simulated mesh through a rotation', () => {
  let observed: ObservedMesh;
  let surveyor: Surveyor;
  let anchors: RotationAnchors;

  before(async () => {
    observed = await startObservedMesh();
    const { kube } = observed;
    surveyor = createSurveyor({ kube, clock: systemClock, log: silentLog });
    anchors = await discovered(surveyor);
  });
  after(() => observed.stop());

  it('knows from answers alone that every proxy holds and presents A', async () => {
    assert.equal(anchors.b, undefined);
    const told: string[] = [];
    const survey = await surveyor.survey(surveyRequest(anchors), {
      onProgress: (text) => told.push(text),
    });
    assert.equal(survey.proxies.length, 9);
    for (const proxy of survey.proxies) {
      assert.equal(describeHeld(proxy.holds), 'A', proxy.note);
      assert.equal(describePresented(proxy.presents), 'a', proxy.note);
      assert.equal(proxy.note, undefined);
    }
    const workloads = new Set(
      survey.proxies.map(({ workload }) => `${workload.kind} ${workload.name}`),
    );
    assert.ok(workloads.has('Deployment web') && workloads.has('StatefulSet db'));
    assert.equal(survey.proxies.filter(({ role }) => role === 'control-plane').length, 6);
    assert.equal(survey.objects.signer.source, 'trust-anchor');
    assert.deepEqual(survey.outsiders, []);
    assert.ok(told.includes('observed 9 of 9 proxies'));
  });

  it('asks injectors and identity replicas one by one', async () => {
    const survey = await surveyor.survey(surveyRequest(anchors));
    assert.equal(survey.injectors.length, 2);
    for (const { handsOut, note } of survey.injectors)
      assert.equal(describeHeld(handsOut), 'A', note);
    assert.equal(survey.identity.length, 2);
    for (const replica of survey.identity) {
      assert.deepEqual(replica.signs, { a: 'yes', b: 'no' }, replica.note);
      assert.equal(replica.usesCurrentIssuer, 'yes', replica.note);
    }
  });

  it('takes stock of what owns the proxies and of how leaves are made', async () => {
    const inventory = await surveyor.inventory(objects);
    assert.deepEqual(inventory.obstacles, []);
    assert.equal(inventory.leafLifetimeMs, 30_000);
    const web = inventory.workloads.find(({ workload }) => workload.name === 'web');
    assert.deepEqual([web?.proxies, web?.controlPlane, web?.cannotRestart], [2, false, undefined]);
    assert.equal(inventory.workloads.filter(({ controlPlane }) => controlPlane).length, 3);
  });

  it('leaves out what is excepted by the name of its pod or workload', async () => {
    const excepted = ['Deployment shop/web', 'pod shop/db-0'];
    const survey = await surveyor.survey(surveyRequest(anchors, { excepted }));
    assert.equal(survey.proxies.filter(({ namespace }) => namespace === 'shop').length, 0);
  });

  it('follows the bridge: nothing restarted, every proxy accepts x and none holds B', async () => {
    const { kube } = observed;
    const { trustNamespace: namespace } = objects;
    await copyAnchorPair(kube, {
      namespace,
      from: objects.trustAnchor,
      to: objects.previousAnchor,
    });
    await pointSigner(
      kube,
      { clusterIssuer: objects.clusterIssuer, secretName: objects.previousAnchor },
      wait(),
    );
    await renew(namespace, objects.trustAnchor);
    const a = anchors.a.certificate.fingerprint;
    anchors = await discovered(surveyor);
    assert.equal(anchors.a.certificate.fingerprint, a);
    await waitFor(
      async () => (await readBundle(kube, objects)).targets[0]?.fingerprints.length === 2,
      { what: 'both anchors in the bundle' },
    );
    await ensureBridge(kube, objects, { ...wait(), a: anchors.a });

    const survey = await surveyor.survey(surveyRequest(anchors));
    assert.equal(survey.objects.bridge?.publicKey, anchors.b?.certificate.publicKey);
    for (const proxy of survey.proxies) {
      assert.equal(describeHeld(proxy.holds), 'A', proxy.note);
      assert.equal(proxy.acceptsBridge, 'yes', proxy.note);
    }
    assert.equal(reportOn(allGates['bundle-holds-both'], survey).passed, true);
    const handsOut = await waitFor(
      async () => {
        const { injectors } = await surveyor.survey(surveyRequest(anchors));
        return injectors.every((replica) => describeHeld(replica.handsOut) === 'A,B');
      },
      { what: 'the injectors to hand out both' },
    );
    assert.ok(handsOut);
  });

  it('sees identity take up the bridged issuer and leaves turn from a to x', async () => {
    const { kube } = observed;
    await pointSigner(
      kube,
      { clusterIssuer: objects.clusterIssuer, secretName: objects.bridge },
      wait(),
    );
    const { objects: before } = await surveyor.survey(surveyRequest(anchors));
    const { certificate, under } = before.issuer;
    // As the product does: by identity's metric, issuers of the same few seconds are one.
    await delay(Date.parse(certificate.notBefore) + distinctIssuersMs - Date.now());
    await renew(objects.linkerdNamespace, objects.identityIssuer);
    const issuerHistory = [
      { fingerprint: certificate.fingerprint, notAfter: certificate.notAfter, under },
    ];

    const bridged = await waitFor(
      async () => {
        const survey = await surveyor.survey(surveyRequest(anchors, { issuerHistory }));
        const used = survey.identity.every(({ usesCurrentIssuer }) => usesCurrentIssuer === 'yes');
        return used ? survey : undefined;
      },
      { what: 'identity to use the bridged issuer' },
    );
    assert.equal(bridged.objects.issuer.chainLength, 2);
    assert.deepEqual(bridged.objects.issuer.under, { a: 'yes', b: 'yes' });

    for (const path of ['web', 'linkerd-identity']) await restart(path);
    // Those that are replaced may have turned, too, before they went.
    await waitFor(
      async () => {
        const survey = await surveyor.survey(surveyRequest(anchors, { issuerHistory }));
        const web = survey.proxies.filter(({ workload }) => workload.name === 'web');
        return web.every(
          ({ presents, holds }) =>
            describePresented(presents) === 'x' && describeHeld(holds) === 'A,B',
        );
      },
      { what: 'web to present x and to hold both' },
    );
  });

  it('keeps an A-probe that proves the end when nothing can sign one any more', async () => {
    const untilMs = Date.now() + 10 * 24 * 3_600_000;
    const kept = await surveyor.keepProofProbe(surveyRequest(anchors), untilMs);
    assert.ok(Date.parse(kept.notAfter) >= untilMs);
    assert.deepEqual(await surveyor.keepProofProbe(surveyRequest(anchors), untilMs), kept);

    const { kube } = observed;
    const { trustNamespace: namespace } = objects;
    await copyAnchorPair(kube, {
      namespace,
      from: objects.trustAnchor,
      to: objects.previousAnchor,
    });
    // Another worker: it has no probe in memory, and no Secret holds A's key any more.
    const successor = createSurveyor({ kube, clock: systemClock, log: silentLog });
    const survey = await successor.survey(surveyRequest(anchors), { fresh: true });
    for (const proxy of survey.proxies) {
      const expected = proxy.workload.name === 'web' ? 'A,B' : undefined;
      if (expected !== undefined) assert.equal(describeHeld(proxy.holds), expected, proxy.note);
      assert.equal(proxy.holds.a, 'yes', proxy.note);
    }
  });

  it('creates nothing without probes, and then only hints at what is held', async () => {
    const { kube } = observed;
    const fresh = createSurveyor({ kube, clock: systemClock, log: silentLog });
    await fresh.removeProbes(objects);
    const survey = await fresh.survey(surveyRequest(anchors, { probe: false }));
    assert.deepEqual(await ourIssuers(), []);
    for (const proxy of survey.proxies) {
      const controlPlane = proxy.role === 'control-plane';
      if (controlPlane) assert.equal(describeHeld(proxy.holds), 'unknown');
      else assert.notEqual(describeHeld(proxy.holds), 'unknown');
      assert.equal(proxy.presents.leaf, 'valid', proxy.note);
    }
  });

  it('removes every object that probes left behind', async () => {
    const fresh = createSurveyor({ kube: observed.kube, clock: systemClock, log: silentLog });
    await fresh.survey(surveyRequest(anchors));
    assert.notDeepEqual(await ourIssuers(), []);
    await fresh.removeProbes(objects);
    await fresh.removeProbes(objects);
    assert.deepEqual(await ourIssuers(), []);
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('cancelled by a test');
    await assert.rejects(
      surveyor.survey(surveyRequest(anchors), { signal: AbortSignal.abort(reason) }),
      reason,
    );
  });

  async function renew(namespace: string, name: string): Promise<void> {
    const ref = certificateRef(namespace, name);
    const since = await markBeforeRenewal(observed.kube, ref);
    await renewCertificate(observed.kube, ref, {
      ...wait(),
      since,
      token: `${name}-${since.revision}`,
    });
  }

  async function restart(name: string): Promise<void> {
    const namespace = name === 'web' ? 'shop' : 'linkerd';
    const annotations = { 'trust.linkerd.io/rotation': 'test/both.1' };
    await observed.kube.patch(
      { type: resources.deployments, namespace, name },
      { spec: { template: { metadata: { annotations } } } },
      'strategic',
    );
  }

  async function ourIssuers(): Promise<string[]> {
    const named = z.object({ metadata: z.object({ name: z.string() }) });
    const found = await observed.kube.list(resources.issuers, named, {
      namespace: objects.trustNamespace,
      labelSelector: 'trust.linkerd.io/probe=true',
    });
    return found.map(({ metadata }) => metadata.name);
  }
});
