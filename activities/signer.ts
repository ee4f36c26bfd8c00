import { webpkiAccepts } from '../domain/chain.ts';
import { writesBundle } from '../domain/objects.ts';
import type { RotationContext } from '../domain/rotation-context.ts';
import { wrongSigner } from '../domain/signing-secret.ts';
import { importsBridge } from '../domain/sources.ts';
import type { Survey } from '../domain/survey.ts';
import { copyAnchorPair, readAnchor, writeAnchorCertificate } from '../mesh/anchors.ts';
import { certificateRef, readCertificate } from '../mesh/certificates.ts';
import { createSignatureOracle } from '../mesh/signature-oracle.ts';
import type { SignerTarget } from '../mesh/signer.ts';
import { pointSigner, trialRequest } from '../mesh/signer.ts';
import { splitPem } from '../mesh/x509.ts';
import type { Observed, PointSignerInput, RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { guarded } from './guard.ts';
import type { Beat, Progress } from './progress.ts';
import { waitOptions, withHeartbeat } from './progress.ts';

/** What the ClusterIssuer signs with. */
export function createSignerActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'pinSigner' | 'pointSigner'> {
  return {
    pinSigner: ({ context }) =>
      withHeartbeat({ text: 'pinning the signer' }, async (beat) => {
        await copyAnchorInUse(deps, context, beat);
        const pin = {
          context: followingBundle(context),
          to: 'previous-anchor',
          issuer: 'a',
        } as const;
        const pinned = await guardedPoint(deps, pin, beat);
        const { previousAnchor } = context.survey.objects;
        if (!(await isKeyless(deps, context, previousAnchor))) {
          await tryPinnedSigner(deps, context, beat);
        }
        return pinned;
      }),
    pointSigner: (input) =>
      withHeartbeat({ text: `pointing the signer at ${input.to}` }, (beat) =>
        guardedPoint(deps, input, beat),
      ),
  };
}

async function guardedPoint(
  deps: ActivityDependencies,
  input: PointSignerInput,
  beat: Beat<Progress>,
): Promise<Observed> {
  const { context, to, issuer } = input;
  const target = await targetOf(deps, input);
  return guarded(
    deps,
    {
      context,
      mutation: { kind: 'let-issuer-sign', issuer },
      premise: ({ objects }) => wrongSigner(objects, context.survey.anchors, { to, issuer }),
      isDone: ({ objects }) => objects.signer.source === to,
      act: async () => {
        const { issuanceTimeoutMs } = context.survey.timings;
        await pointSigner(deps.kube, target, waitOptions(beat, issuanceTimeoutMs));
      },
    },
    beat,
  );
}

/**
 * previous-anchor := A's pair. The guide leaves a copy there, which may be missing or of a generation
 * before; what else is in the bundle then leaves it, which I2 judges.
 */
async function copyAnchorInUse(
  deps: ActivityDependencies,
  context: RotationContext,
  beat: Beat<Progress>,
): Promise<void> {
  const { objects, anchors } = context.survey;
  const a = anchors.a.certificate.fingerprint;
  const holdsA = ({ objects: seen }: Survey): boolean => seen.previousAnchor?.fingerprint === a;
  await guarded(
    deps,
    {
      context,
      mutation: { kind: 'write-bundle-source', remaining: { a: 'yes', b: 'no' } },
      isDone: holdsA,
      act: async () => {
        const namespace = objects.trustNamespace;
        if (await isKeyless(deps, context, objects.trustAnchor)) {
          const copy = { namespace, name: objects.previousAnchor };
          await writeAnchorCertificate(deps.kube, copy, anchors.a);
          return;
        }
        await copyAnchorPair(deps.kube, {
          namespace,
          from: objects.trustAnchor,
          to: objects.previousAnchor,
          only: a,
        });
      },
    },
    beat,
  );
}

/**
 * Whether a Secret holds an anchor whose key is elsewhere, which a rotation with an imported bridge
 * expects. A signer that is pinned to it signs nothing: no renewal of the issuer can come out under B.
 */
async function isKeyless(
  { kube }: ActivityDependencies,
  context: RotationContext,
  name: string,
): Promise<boolean> {
  if (!importsBridge(context)) return false;
  const namespace = context.survey.objects.trustNamespace;
  return (await readAnchor(kube, { namespace, name }))?.hasKey === false;
}

/** After the copy, previous-anchor and what is made from it are what the copy made them. */
function followingBundle(context: RotationContext): RotationContext {
  const { bundle, ...recorded } = context.recorded;
  const previousAnchor = context.survey.anchors.a.certificate.fingerprint;
  const kept = writesBundle(context.survey.objects) && bundle !== undefined ? { bundle } : {};
  return { ...context, recorded: { ...recorded, ...kept, previousAnchor } };
}

async function targetOf(
  deps: ActivityDependencies,
  { context, to, issuer }: PointSignerInput,
): Promise<SignerTarget> {
  const { objects } = context.survey;
  const secrets = {
    'trust-anchor': objects.trustAnchor,
    'previous-anchor': objects.previousAnchor,
    bridge: objects.bridge,
  } as const;
  const secretName = secrets[to];
  return {
    clusterIssuer: objects.clusterIssuer,
    secretName,
    // Only an issuer under A may wait for its owner.
    isKeyless: issuer === 'a' && (await isKeyless(deps, context, secretName)),
  };
}

/** No status field shows what a ClusterIssuer really signs with; only what comes out does. */
async function tryPinnedSigner(
  { kube, clock }: ActivityDependencies,
  { rotationId, survey }: RotationContext,
  beat: Beat<Progress>,
): Promise<void> {
  const { objects, anchors, timings } = survey;
  const issuerRef = certificateRef(objects.linkerdNamespace, objects.identityIssuer);
  const { usages } = await readCertificate(kube, issuerRef);
  const trialPem = await trialRequest(
    kube,
    {
      clusterIssuer: objects.clusterIssuer,
      namespace: objects.trustNamespace,
      name: `linkerd-trust-trial-${rotationId}`,
      usages,
    },
    waitOptions(beat, timings.issuanceTimeoutMs),
  );
  const oracle = createSignatureOracle();
  const [a, ...chain] = await oracle.learn([anchors.a.pem, ...splitPem(trialPem)]);
  const [issued] = chain;
  if (a !== undefined && issued !== undefined) {
    // The trial is a CA; what is asked here is only whether A signed it.
    const asLeaf = [{ ...issued, isCa: false }, ...chain.slice(1)];
    const check = {
      atMs: clock.nowMs(),
      usage: 'serverAuth',
      signedBy: oracle.signedBy.bind(oracle),
    } as const;
    if (webpkiAccepts(asLeaf, [a], check).accepted) return;
  }
  throw new Error(
    `The trial request through ClusterIssuer ${objects.clusterIssuer} did not come out under the anchor in use. Next step: it is tried again; if it stays so, look at the Secret ${objects.previousAnchor}.`,
  );
}
