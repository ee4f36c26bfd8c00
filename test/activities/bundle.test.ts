import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { RotationActivities } from '../../activities/contract.ts';
import { createRotationActivities } from '../../activities/rotation-activities.ts';
import type { Anchor } from '../../domain/anchors.ts';
import { record } from '../../domain/foreign-hands.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { BoundContext } from '../../domain/rotation-context.ts';
import type { Survey } from '../../domain/survey.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { IssuerKind } from '../../domain/trust.ts';
import { copyAnchorPair, readAnchor } from '../../mesh/anchors.ts';
import { ownTargetRef, readOwnTarget } from '../../mesh/bundle-target.ts';
import { takeOverBundle, writeDirect } from '../../mesh/direct-bundle.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import { heldOf } from '../../mesh/observation/identity.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import { anchorCertificate, renewByHand } from '../acceptance/support/by-hand.ts';
import { makeRoot } from '../support/certificates.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';
import { issuer, uniform } from '../support/survey-builder.ts';
import { contextAfter, inActivity, surveyorOf } from './activity-fixture.ts';

const objects = { ...documentedObjects, bundleOwnership: 'direct' } as const;
const { trustNamespace: namespace, trustAnchor, previousAnchor } = objects;

describe('the activity that writes the bundle', () => {
  let pki: SimulatedPki;
  let activities: RotationActivities;
  let a: Anchor;
  let b: Anchor;
  let leaves: IssuerKind;

  beforeEach(async () => {
    leaves = 'a';
    pki = await startPki({}, { bundle: 'byHand' });
    await takeOverBundle(pki.kube, objects);
    a = await anchorIn(trustAnchor);
    await renewByHand(pki.kube, anchorCertificate);
    b = await anchorIn(trustAnchor);
    activities = createRotationActivities({
      kube: pki.kube,
      surveyor: { ...surveyorOf(), survey: surveyNow },
      clock: systemClock,
    });
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function anchorIn(name: string): Promise<Anchor> {
    const found = await readAnchor(pki.kube, { namespace, name });
    assert.ok(found);
    return { certificate: found.certificate, pem: found.pem };
  }

  async function held(): Promise<readonly string[]> {
    return (await readOwnTarget(pki.kube, objects))?.fingerprints ?? [];
  }

  /** The objects are read from the cluster, the fleet is what the test says. */
  async function surveyNow(): Promise<Survey> {
    const fingerprints = await held();
    return uniform('A,B', leaves, {
      trustAnchor: (await anchorIn(trustAnchor)).certificate,
      previousAnchor: (await anchorIn(previousAnchor)).certificate,
      issuer: issuer(leaves),
      bundle: {
        held: heldOf(fingerprints, { a, b }),
        fingerprints,
        since: '2026-05-01T00:00:00.000Z',
        divergentTargets: [],
      },
    });
  }

  async function contextNow(): Promise<BoundContext> {
    const now = await surveyNow();
    const context = contextAfter(now);
    return {
      ...context,
      recorded: record(summarise(now).objects),
      survey: { ...context.survey, objects, anchors: { a, b } },
    };
  }

  async function write(context: BoundContext): Promise<void> {
    await inActivity(() => activities.writeBundle({ context }));
  }

  const isFailure = (type: string) => (error: unknown) =>
    error instanceof ApplicationFailure && error.type === type;

  const both = (): readonly string[] =>
    [a, b].map(({ certificate }) => certificate.fingerprint).toSorted();

  it('brings both anchors in, once, however often it is asked', async () => {
    const context = await contextNow();
    assert.deepEqual(await held(), [a.certificate.fingerprint]);

    await write(context);
    assert.deepEqual(await held(), both());
    const first = await readOwnTarget(pki.kube, objects);
    await write(context);
    assert.equal((await readOwnTarget(pki.kube, objects))?.resourceVersion, first?.resourceVersion);
  });

  it('takes the old anchor out only when nothing rests on it', async () => {
    await write(await contextNow());
    await copyAnchorPair(pki.kube, { namespace, from: trustAnchor, to: previousAnchor });
    const context = await contextNow();

    await assert.rejects(write(context), isFailure('MutationRefused'));
    assert.deepEqual(await held(), both());

    leaves = 'x';
    await write(context);
    assert.deepEqual(await held(), [b.certificate.fingerprint]);
  });

  it('leaves a root of somebody else where it is', async () => {
    const stranger = await makeRoot('another mesh');
    const { fingerprint } = await parseCertificate(stranger.pem);
    await writeDirect(pki.kube, objects, [a.pem, stranger.pem]);
    await write(await contextNow());
    assert.deepEqual(await held(), [...both(), fingerprint].toSorted());

    await copyAnchorPair(pki.kube, { namespace, from: trustAnchor, to: previousAnchor });
    leaves = 'x';
    await write(await contextNow());
    assert.deepEqual(await held(), [b.certificate.fingerprint, fingerprint].toSorted());
  });

  it('stops at an anchor that another hand has put into a Secret', async () => {
    const context = await contextNow();
    await renewByHand(pki.kube, anchorCertificate);

    // What the Secrets hold of A and B is what the bundle holds, and yet nothing is done.
    assert.deepEqual(await held(), [a.certificate.fingerprint]);
    await assert.rejects(write(context), isFailure('ForeignHands'));
  });

  it('stops at another hand on the bundle, and does not write over it', async () => {
    const context = await contextNow();
    await pki.kube.patch(ownTargetRef(objects), { data: { [objects.bundleKey]: b.pem } }, 'merge', {
      fieldManager: 'gitops',
    });
    await assert.rejects(write(context), isFailure('ForeignHands'));

    const accepted = await contextNow();
    await assert.rejects(write(accepted), isFailure('BundleOwnedError'));
    assert.deepEqual(await held(), [b.certificate.fingerprint]);
  });

  it('is not come to where another hand owns the bundle: nothing is retired then', async () => {
    await write(await contextNow());
    leaves = 'x';
    await pki.kube.patch(
      ownTargetRef(objects),
      { data: { [objects.bundleKey]: `${a.pem}\n${b.pem}\n` } },
      'merge',
      { fieldManager: 'gitops' },
    );
    const context = await contextNow();

    await assert.rejects(
      inActivity(() => activities.retireTrustAnchor({ context })),
      isFailure('BundleOwnedError'),
    );
    assert.equal(
      (await anchorIn(previousAnchor)).certificate.fingerprint,
      a.certificate.fingerprint,
    );

    await takeOverBundle(pki.kube, objects);
    await inActivity(() => activities.retireTrustAnchor({ context }));
    assert.equal(
      (await anchorIn(previousAnchor)).certificate.fingerprint,
      b.certificate.fingerprint,
    );
  });
});
