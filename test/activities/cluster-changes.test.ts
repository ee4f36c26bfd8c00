import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { RotationActivities } from '../../activities/contract.ts';
import { createRotationActivities } from '../../activities/rotation-activities.ts';
import type { Anchor } from '../../domain/anchors.ts';
import { record } from '../../domain/foreign-hands.ts';
import { documentedObjects as names } from '../../domain/objects.ts';
import type { BoundContext } from '../../domain/rotation-context.ts';
import type { SignerSource, Survey } from '../../domain/survey.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { IssuerKind } from '../../domain/trust.ts';
import { copyAnchorPair, readAnchor } from '../../mesh/anchors.ts';
import { readBridge } from '../../mesh/bridge.ts';
import { certificateRef, readCertificate } from '../../mesh/certificates.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { readLease } from '../../mesh/lease.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { readSigner } from '../../mesh/signer.ts';
import type { Approval } from '../../simulator/cluster/cluster-options.ts';
import { CERTIFICATE_REQUESTS } from '../../simulator/cluster/resources.ts';
import { renewByHand } from '../acceptance/support/by-hand.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';
import { issuer, signer, uniform } from '../support/survey-builder.ts';
import { contextAfter, inActivity, surveyorOf } from './activity-fixture.ts';
import { patienceMs } from '../support/patience.ts';

const namespace = names.trustNamespace;

/** What a test says about the fleet; the objects are read from the cluster. */
interface Fleet {
  issuer: IssuerKind;
  /** Happens once, between a look at the cluster and what follows from it. */
  meanwhile?: (() => Promise<unknown>) | undefined;
}

/** Any bridge lasts until then. */
const neededUntil = '2026-01-01T00:00:00Z';

describe('the changes of a rotation', () => {
  let pki: SimulatedPki;
  let approval: Approval;
  let fleet: Fleet;
  let activities: RotationActivities;
  let a: Anchor;

  beforeEach(async () => {
    approval = 'approve';
    fleet = { issuer: 'a' };
    pki = await startPki({ certManager: { approve: () => approval } });
    activities = createRotationActivities({
      kube: pki.kube,
      surveyor: { ...surveyorOf(), survey: surveyOf } satisfies Surveyor,
      clock: systemClock,
    });
    a = await anchorIn(names.trustAnchor);
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function anchorIn(name: string): Promise<Anchor> {
    const found = await readAnchor(pki.kube, { namespace, name });
    assert.ok(found);
    return { certificate: found.certificate, pem: found.pem };
  }

  async function surveyOf(): Promise<Survey> {
    const sources: Readonly<Record<string, SignerSource>> = {
      [names.trustAnchor]: 'trust-anchor',
      [names.previousAnchor]: 'previous-anchor',
      [names.bridge]: 'bridge',
    };
    const { secretName } = await readSigner(pki.kube, names.clusterIssuer);
    const trustAnchor = (await anchorIn(names.trustAnchor)).certificate;
    const previousAnchor = (await anchorIn(names.previousAnchor)).certificate;
    const bridge = (await readBridge(pki.kube, names))?.certificate;
    const all = {
      trustAnchor,
      previousAnchor,
      ...(bridge === undefined ? {} : { bridge }),
      signer: signer(sources[secretName ?? ''] ?? 'other'),
    };
    const { meanwhile } = fleet;
    delete fleet.meanwhile;
    await meanwhile?.();
    return uniform('A,B', fleet.issuer, { ...all, issuer: issuer(fleet.issuer) });
  }

  /** The context of a rotation that has left everything as it is now. */
  async function contextNow(b?: Anchor): Promise<BoundContext> {
    const now = await surveyOf();
    const { survey, rotationId } = contextAfter(now);
    const anchors = { a, b: b ?? survey.anchors.b };
    const timings = { ...survey.timings, issuanceTimeoutMs: patienceMs };
    return {
      rotationId,
      recorded: record(summarise(now).objects),
      survey: { ...survey, anchors, timings },
    };
  }

  async function run<Result>(activity: () => Promise<Result>): Promise<Result> {
    return (await inActivity(activity)).result;
  }

  async function renewedAnchor(): Promise<Anchor> {
    const context = await contextNow();
    await run(() => activities.pinSigner({ context }));
    const pinned = await contextNow();
    return (await run(() => activities.renewTrustAnchor({ context: pinned }))).anchor;
  }

  it('take the Lease for one holder, and refuse another by its name', async () => {
    const context = await contextNow();
    await run(() => activities.takeLease({ context, holder: 'one' }));
    await run(() => activities.takeLease({ context, holder: 'one' }));

    await assert.rejects(
      run(() => activities.takeLease({ context, holder: 'two' })),
      (error: unknown) => error instanceof ApplicationFailure && error.type === 'AnotherEngine',
    );
    await run(() => activities.releaseLease({ context, holder: 'one' }));
    assert.equal(await readLease(pki.kube, names), undefined);
  });

  it("switch the anchor's automatic renewal off and on again", async () => {
    const context = await contextNow();
    const ref = certificateRef(namespace, names.trustAnchor);

    await run(() => activities.freezeTrustAnchor({ context }));
    assert.equal((await readCertificate(pki.kube, ref)).renewal?.['policy'], 'Disabled');

    await run(() => activities.unfreezeTrustAnchor({ context }));
    assert.notEqual((await readCertificate(pki.kube, ref)).renewal?.['policy'], 'Disabled');
  });

  it('renew the anchor once, though an attempt before this one ends while the cluster is looked at', async () => {
    const ref = certificateRef(namespace, names.trustAnchor);
    const context = await contextNow();
    await run(() => activities.pinSigner({ context }));
    const pinned = await contextNow();
    const { revision } = await readCertificate(pki.kube, ref);
    fleet.meanwhile = () => renewByHand(pki.kube, ref);

    await run(() => activities.renewTrustAnchor({ context: pinned }));

    assert.equal((await readCertificate(pki.kube, ref)).revision, revision + 1);
  });

  it('pin the signer to a copy of the anchor in use, and try what it signs', async () => {
    const context = await contextNow();

    const { observed } = await run(() => activities.pinSigner({ context }));

    assert.equal(observed.objects.signer, 'previous-anchor');
    assert.equal(observed.objects.previousAnchor, a.certificate.fingerprint);
    const again = await run(() => activities.pinSigner({ context }));
    assert.deepEqual(again.observed.objects, observed.objects);
  });

  it('renew the trust anchor once, however often they are asked', async () => {
    const b = await renewedAnchor();

    assert.notEqual(b.certificate.fingerprint, a.certificate.fingerprint);
    const context = await contextNow(b);
    const again = await run(() => activities.renewTrustAnchor({ context }));
    assert.equal(again.anchor.certificate.fingerprint, b.certificate.fingerprint);
  });

  it('make the bridge, point the signer at it, and remove it', async () => {
    const b = await renewedAnchor();
    const context = await contextNow(b);

    const { bridge } = await run(() => activities.makeBridge({ context, neededUntil }));
    assert.equal(bridge.publicKey, b.certificate.publicKey);
    const { observed } = await run(() =>
      activities.pointSigner({ context, to: 'bridge', issuer: 'x' }),
    );
    assert.equal(observed.objects.signer, 'bridge');

    await run(() => activities.removeBridge({ context }));
    assert.equal(await readBridge(pki.kube, names), undefined);
  });

  it('do not point the signer at a Secret that another hand has put another anchor into', async () => {
    const context = await contextNow(await renewedAnchor());

    await assert.rejects(
      run(() => activities.pointSigner({ context, to: 'trust-anchor', issuer: 'a' })),
      /trust-anchor Secret holds .*, which makes no issuer of kind a/,
    );
    assert.equal(
      (await readSigner(pki.kube, names.clusterIssuer)).secretName,
      names.previousAnchor,
    );
  });

  it('do not have an issuer signed by what an attempt has pointed the signer at and cannot sign', async () => {
    const context = await contextNow(await renewedAnchor());
    await run(() => activities.makeBridge({ context, neededUntil }));
    const { survey } = context;
    const short = { ...survey, timings: { ...survey.timings, issuanceTimeoutMs: 50 } };
    const input = { context: { ...context, survey: short }, to: 'bridge', issuer: 'x' } as const;
    const unready = /to sign with Secret linkerd-trust-bridge/;
    const secret = { type: resources.secrets, namespace, name: names.bridge };

    fleet.meanwhile = () => pki.kube.delete(secret);
    await assert.rejects(
      run(() => activities.pointSigner(input)),
      unready,
    );
    // It points there all the same, which is the rotation's own doing.
    const { objects } = summarise(await surveyOf());
    const pointed = { ...input.context, recorded: record(objects) };
    await assert.rejects(
      run(() => activities.renewIdentityIssuer({ context: pointed, expect: 'x' })),
      unready,
    );
  });

  it('say so when the old anchor does not cross-sign the new one', async () => {
    const context = await contextNow(await renewedAnchor());
    approval = 'deny';

    await assert.rejects(
      run(() => activities.makeBridge({ context, neededUntil })),
      (error: unknown) => {
        assert.ok(error instanceof ApplicationFailure);
        assert.equal(error.type, 'CrossSigningRefused');
        assert.match(error.message, /^the old anchor did not cross-sign the new one: /);
        return true;
      },
    );
    const requests = pki.cluster.store.list(CERTIFICATE_REQUESTS, namespace);
    const own = requests.filter(({ metadata }) => metadata.ownerReferences === undefined);
    assert.deepEqual(own, [], 'the refused request is not left behind');
  });

  it('renew the identity issuer, and do not believe a chain of another kind', async () => {
    const context = await contextNow();
    const renewal = (): Promise<unknown> =>
      run(() => activities.renewIdentityIssuer({ context, expect: 'b' }));
    const ref = certificateRef(names.linkerdNamespace, names.identityIssuer);
    const { revision } = await readCertificate(pki.kube, ref);

    await assert.rejects(renewal(), /came out as kind a where b was wanted/);
    assert.equal((await readCertificate(pki.kube, ref)).revision, revision + 1);

    fleet.issuer = 'b';
    await renewal();
    assert.equal((await readCertificate(pki.kube, ref)).revision, revision + 1);
  });

  it('retire the old anchor by a copy of the new one, once every leaf is under it', async () => {
    const b = await renewedAnchor();
    const context = await contextNow(b);
    await assert.rejects(
      run(() => activities.retireTrustAnchor({ context })),
      (error: unknown) => error instanceof ApplicationFailure && error.type === 'MutationRefused',
    );

    fleet.issuer = 'x';
    const { observed } = await run(() => activities.retireTrustAnchor({ context }));

    assert.equal(observed.objects.previousAnchor, b.certificate.fingerprint);
  });

  it('stop at a copy that another hand has made', async () => {
    const b = await renewedAnchor();
    const context = await contextNow(b);
    const { trustAnchor: from, previousAnchor: to } = names;
    await copyAnchorPair(pki.kube, { namespace, from, to });

    await assert.rejects(
      run(() => activities.pointSigner({ context, to: 'bridge', issuer: 'x' })),
      (error: unknown) => error instanceof ApplicationFailure && error.type === 'ForeignHands',
    );
  });

  it('keep the proof and remove probes by the surveyor', async () => {
    const context = await contextNow();

    await run(() => activities.keepRetirementProof({ context, until: '2026-12-01T00:00:00.000Z' }));
    await run(() => activities.removeProbes({ context }));
  });
});
