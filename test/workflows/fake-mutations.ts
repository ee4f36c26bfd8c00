import type {
  ImportWatch,
  PointSignerInput,
  RestartWaveInput,
  RestartWaveResult,
  RotationActivities,
  WatchImportInput,
} from '../../activities/contract.ts';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { FailureType } from '../../activities/failures.ts';
import type { GuardedChange } from '../../activities/guard.ts';
import { guarded, stopAtForeignHands, stopAtRefusals, surveyed } from '../../activities/guard.ts';
import { withHeartbeat } from '../../activities/progress.ts';
import { knownFailure } from '../../activities/to-failure.ts';
import { nameLaggards } from '../../domain/convergence.ts';
import { refusals } from '../../domain/invariants.ts';
import { nextWave, restartCandidates } from '../../domain/restarts.ts';
import { wrongSigner } from '../../domain/signing-secret.ts';
import { workloadName } from '../../domain/survey.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { issuerKind } from '../../domain/trust.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import { anchorB, bundle } from '../support/survey-builder.ts';
import type { MeshModel } from './mesh-model.ts';
import { modelBridge } from './mesh-model.ts';

type FakeMutations = Omit<
  RotationActivities,
  'planRotation' | 'watchGate' | 'proveRetirement' | 'keepRetirementProof' | 'removeProbes'
>;

const progress = { text: 'changing the model' };

/** Does to a {@link MeshModel} what the product does to a cluster, behind the product's own guard. */
export function createFakeMutations(deps: ActivityDependencies, mesh: MeshModel): FakeMutations {
  const change = (guard: GuardedChange): ReturnType<typeof guarded> =>
    withHeartbeat(progress, (beat) => guarded(deps, guard, beat));
  return {
    takeLease: async ({ holder }) => {
      if (mesh.leaseHolder !== undefined && mesh.leaseHolder !== holder) {
        throw knownFailure(FailureType.AnotherEngine, `${mesh.leaseHolder} holds the Lease`);
      }
      mesh.leaseHolder = holder;
    },
    releaseLease: async ({ holder }) => {
      if (mesh.leaseHolder === holder) mesh.leaseHolder = undefined;
    },
    freezeTrustAnchor: async () => {
      mesh.isFrozen = true;
    },
    unfreezeTrustAnchor: async () => {
      if (mesh.renewalOverdue !== undefined) return { overdue: mesh.renewalOverdue };
      mesh.isFrozen = false;
      return {};
    },
    pinSigner: ({ context }) =>
      change({
        context,
        mutation: { kind: 'let-issuer-sign', issuer: 'a' },
        isDone: ({ objects }) => objects.signer.source === 'previous-anchor',
        act: async () => {
          mesh.signer = 'previous-anchor';
        },
      }),
    pointSigner: (input) => change(pointing(mesh, input)),
    renewTrustAnchor: async ({ context }) => ({
      anchor: { certificate: anchorB, pem: '' },
      ...(await change({
        context,
        mutation: { kind: 'write-bundle-source', remaining: { a: 'yes', b: 'no' } },
        isDone: ({ objects }) => objects.trustAnchor.fingerprint === anchorB.fingerprint,
        act: async () => {
          mesh.trustAnchor = 'B';
        },
      })),
    }),
    retireTrustAnchor: ({ context }) =>
      change({
        context,
        mutation: { kind: 'write-bundle-source', remaining: { a: 'no', b: 'yes' } },
        isDone: ({ objects }) => objects.previousAnchor?.fingerprint === anchorB.fingerprint,
        act: async () => {
          mesh.previousAnchor = 'B';
        },
      }),
    writeBundle: ({ context }) => {
      const { sources } = mesh;
      return change({
        context,
        mutation: { kind: 'write-bundle-source', remaining: bundle(sources).held },
        isDone: () => mesh.bundle === sources,
        act: async () => {
          mesh.written = sources;
        },
      });
    },
    requestBridge: async () => {
      mesh.isBridgeRequested = true;
    },
    watchImport: (input) =>
      withHeartbeat(progress, ({ signal }) => watchImport(mesh, input, signal)),
    makeBridge: async ({ context }) => {
      mesh.hasBridge = true;
      return { bridge: modelBridge, observed: summarise(mesh.survey(context.survey)) };
    },
    removeBridge: async () => {
      mesh.hasBridge = false;
    },
    renewIdentityIssuer: ({ context, expect }) =>
      withHeartbeat(progress, async (beat) => {
        const survey = await surveyed(deps, context, beat);
        if (issuerKind(survey.objects.issuer.under) !== expect) {
          stopAtForeignHands(context, survey);
          mesh.renewIssuer();
        }
        return { observed: summarise(await surveyed(deps, context, beat)) };
      }),
    restartWave: (input) => restartWave(deps, mesh, input),
  };
}

async function watchImport(
  mesh: MeshModel,
  { kind, told, reportAfterMs, context }: WatchImportInput,
  signal: AbortSignal,
): Promise<ImportWatch> {
  const reportAtMs = Date.now() + reportAfterMs;
  for (;;) {
    const laggards = mesh.faultsOf(kind);
    const isNews = laggards.length === 0 || told[0]?.reason !== laggards[0]?.reason;
    if (isNews || Date.now() >= reportAtMs) return { laggards };
    await systemClock.sleep(context.survey.timings.pollMs, signal);
  }
}

function pointing(mesh: MeshModel, { context, to, issuer }: PointSignerInput): GuardedChange {
  return {
    context,
    mutation: { kind: 'let-issuer-sign', issuer },
    premise: ({ objects }) => wrongSigner(objects, context.survey.anchors, { to, issuer }),
    isDone: ({ objects }) => objects.signer.source === to,
    act: async () => {
      mesh.signer = to;
    },
  };
}

function restartWave(
  deps: ActivityDependencies,
  mesh: MeshModel,
  input: RestartWaveInput,
): Promise<RestartWaveResult> {
  const { context, goal, waveSize, since, stuckBefore = [] } = input;
  const pass = { rotationId: context.rotationId, name: input.pass, since };
  return withHeartbeat(progress, async (beat) => {
    const survey = await surveyed(deps, context, beat);
    stopAtForeignHands(context, survey);
    const candidates = restartCandidates(survey, goal);
    if (candidates.length > 0) stopAtRefusals(refusals(survey, { kind: 'restart' }));
    const wave = nextWave(candidates, waveSize, { pass, comingUp: [], stuckBefore }).map(
      ({ workload }) => workload,
    );
    const up = wave.filter(({ name }) => !mesh.comesNotUp.has(name));
    for (const workload of up) mesh.restart(workload);
    const { laggards: stuck, ...beyond } = nameLaggards(
      wave
        .filter((workload) => !up.includes(workload))
        .map((workload) => ({
          what: workloadName(workload),
          reason: '0 of 1 pods are Ready',
          remedy: 'look at its newest pods',
        })),
    );
    return {
      restarted: up.map(workloadName),
      lacking: candidates.length,
      stuck,
      ...beyond,
      observed: summarise(survey),
    };
  });
}
