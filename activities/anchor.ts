import type { Anchor } from '../domain/anchors.ts';
import type { Laggard } from '../domain/convergence.ts';
import { successorFaults } from '../domain/successor.ts';
import { summarise } from '../domain/survey-summary.ts';
import { importsAnchor } from '../domain/sources.ts';
import { freezeRenewal, unfreezeRenewal } from '../mesh/anchor-renewal.ts';
import { copyAnchorPair, readAnchor } from '../mesh/anchors.ts';
import { bundleKeeper } from '../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../mesh/certificate-renewal.ts';
import { certificateRef } from '../mesh/certificates.ts';
import { clearHandedIn, lookForAnchor, takeOverAnchor } from '../mesh/imported-anchor.ts';
import type { ObjectRef } from '../mesh/kubernetes/resources.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { BoundContext, RotationContext } from '../domain/rotation-context.ts';
import type { Observed, RenewedAnchor, RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import { guarded, surveyed } from './guard.ts';
import type { Beat, Progress } from './progress.ts';
import { waitOptions, withHeartbeat } from './progress.ts';
import { anchorQuestion } from './imports.ts';
import { knownFailure } from './to-failure.ts';

/** The anchor Certificate: its automatic renewal, its renewal by us, and the retirement of the old one. */
export function createAnchorActivities(
  deps: ActivityDependencies,
): Pick<
  RotationActivities,
  'freezeTrustAnchor' | 'unfreezeTrustAnchor' | 'renewTrustAnchor' | 'retireTrustAnchor'
> {
  return {
    freezeTrustAnchor: ({ context }) =>
      withHeartbeat({ text: "switching the anchor's renewal off" }, async () => {
        // No Certificate writes an imported anchor: there is nothing that could renew it.
        if (importsAnchor(context)) return;
        await freezeRenewal(deps.kube, anchorRef(context.survey.objects));
      }),
    unfreezeTrustAnchor: ({ context }) =>
      withHeartbeat({ text: "restoring the anchor's renewal" }, async () => {
        if (importsAnchor(context)) return {};
        const { overdue } = await unfreezeRenewal(deps.kube, anchorRef(context.survey.objects));
        return overdue === undefined ? {} : { overdue };
      }),
    renewTrustAnchor: ({ context }) =>
      withHeartbeat({ text: 'renewing the trust anchor' }, (beat) =>
        bringInSuccessor(deps, context, beat),
      ),
    retireTrustAnchor: ({ context }) =>
      withHeartbeat({ text: 'retiring the old trust anchor' }, (beat) =>
        copySuccessor(deps, context, beat),
      ),
  };
}

async function bringInSuccessor(
  deps: ActivityDependencies,
  context: RotationContext,
  beat: Beat<Progress>,
): Promise<RenewedAnchor> {
  const before = await readSuccessor(deps, context);
  if (before === undefined) {
    await guarded(
      deps,
      {
        context,
        // The certificate in the Secret is replaced: of A and B, the copy of A stays.
        mutation: { kind: 'write-bundle-source', remaining: { a: 'yes', b: 'no' } },
        isDone: () => false,
        act: async () => {
          await requireWritable(deps, context);
          await (importsAnchor(context) ? takeOver(deps, context) : renew(deps, context, beat));
        },
      },
      beat,
    );
  }
  const anchor = before ?? (await readSuccessor(deps, context));
  if (anchor === undefined) {
    throw new Error('the anchor was renewed but its Secret holds the old one still');
  }
  stopAtUnfit(context, anchor);
  if (importsAnchor(context)) {
    await clearHandedIn(deps.kube, context.survey.objects, anchor.certificate.fingerprint);
  }
  const survey = await surveyed(deps, withSuccessor(context, anchor), beat);
  return { anchor, observed: summarise(survey) };
}

function copySuccessor(
  deps: ActivityDependencies,
  context: BoundContext,
  beat: Beat<Progress>,
): Promise<Observed> {
  const { objects, anchors } = context.survey;
  const b = anchors.b.certificate.fingerprint;
  return guarded(
    deps,
    {
      context,
      mutation: { kind: 'write-bundle-source', remaining: { a: 'no', b: 'yes' } },
      isDone: ({ objects: seen }) => seen.previousAnchor?.fingerprint === b,
      act: async () => {
        await requireWritable(deps, context);
        await copyAnchorPair(deps.kube, {
          namespace: objects.trustNamespace,
          from: objects.trustAnchor,
          to: objects.previousAnchor,
          only: b,
        });
      },
    },
    beat,
  );
}

/** A bundle that cannot follow is found before its sources change, not after A's key is gone. */
async function requireWritable(
  { kube }: ActivityDependencies,
  { survey: { objects } }: RotationContext,
): Promise<void> {
  await bundleKeeper(objects).requireWritable?.(kube, objects);
}

function anchorRef({ trustNamespace, trustAnchor }: MeshObjects): ObjectRef {
  return certificateRef(trustNamespace, trustAnchor);
}

/** The anchor in the Secret if it is not A: this rotation, an attempt before, or a person renewed it. */
async function readSuccessor(
  { kube }: ActivityDependencies,
  { survey }: RotationContext,
): Promise<Anchor | undefined> {
  const { trustNamespace: namespace, trustAnchor: name } = survey.objects;
  const found = await readAnchor(kube, { namespace, name });
  if (found?.certificate.fingerprint === survey.anchors.a.certificate.fingerprint) return undefined;
  return found === undefined ? undefined : { certificate: found.certificate, pem: found.pem };
}

async function renew(
  deps: ActivityDependencies,
  context: RotationContext,
  beat: Beat<Progress>,
): Promise<void> {
  const { kube } = deps;
  const { rotationId, survey } = context;
  const ref = anchorRef(survey.objects);
  const since = await markBeforeRenewal(kube, ref);
  // One that ended since the cluster was looked at, of an attempt before, is the one that was wanted.
  if ((await readSuccessor(deps, context)) !== undefined) return;
  await renewCertificate(kube, ref, {
    ...waitOptions(beat, survey.timings.issuanceTimeoutMs),
    since,
    token: rotationId,
  });
}

/** Judged once more: since somebody has watched for it, the hand-in may have become another. */
async function takeOver(
  { kube, clock }: ActivityDependencies,
  context: RotationContext,
): Promise<void> {
  const { objects } = context.survey;
  const question = anchorQuestion(context, clock.nowMs());
  const { faults, fingerprint } = await lookForAnchor(kube, question);
  stopAtFaults(faults);
  await takeOverAnchor(kube, objects, fingerprint ?? '');
}

function stopAtUnfit({ survey }: RotationContext, { certificate }: Anchor): void {
  stopAtFaults(successorFaults(certificate, survey.anchors.a.certificate));
}

function stopAtFaults(faults: readonly Laggard[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw knownFailure(
    FailureType.UnfitAnchor,
    `The new trust anchor ${first.reason}. Next step: ${first.remedy}, then resume.`,
    { laggards: faults },
  );
}

function withSuccessor(context: RotationContext, b: Anchor): RotationContext {
  const { survey } = context;
  // Probes are made after this: until then a survey asks nothing of proxies.
  return { ...context, survey: { ...survey, anchors: { a: survey.anchors.a, b }, probe: false } };
}
