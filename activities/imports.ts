import type { Laggard } from '../domain/convergence.ts';
import type { AnchorImport } from '../domain/imports.ts';
import type { RotationContext } from '../domain/rotation-context.ts';
import { lookForAnchor } from '../mesh/imported-anchor.ts';
import type { BridgeImport } from '../mesh/imported-bridge.ts';
import { bridgeImportFaults, requestBridge } from '../mesh/imported-bridge.ts';
import type {
  ImportWatch,
  MakeBridgeInput,
  RotationActivities,
  WatchImportInput,
} from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withHeartbeat } from './progress.ts';

/** What owners make elsewhere and hand in. */
export function createImportActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'requestBridge' | 'watchImport'> {
  return {
    requestBridge: (input) =>
      withHeartbeat({ text: 'asking the owner of the old anchor to cross-sign' }, async () => {
        await requestBridge(deps.kube, bridgeImportOf(input));
      }),
    watchImport: (input) =>
      withHeartbeat({ text: `waiting for the ${input.kind} to be handed in` }, ({ signal }) =>
        watchImport(deps, input, signal),
      ),
  };
}

async function watchImport(
  deps: ActivityDependencies,
  input: WatchImportInput,
  signal: AbortSignal,
): Promise<ImportWatch> {
  const { told, reportAfterMs } = input;
  const { pollMs } = input.context.survey.timings;
  const reportAtMs = deps.clock.nowMs() + reportAfterMs;
  for (;;) {
    const laggards = await faultsOf(deps, input);
    const isNews = laggards.length === 0 || JSON.stringify(laggards) !== JSON.stringify(told);
    const leftMs = reportAtMs - deps.clock.nowMs();
    if (isNews || leftMs <= 0) return { laggards };
    await deps.clock.sleep(Math.min(pollMs, leftMs), signal);
  }
}

async function faultsOf(
  { kube, clock }: ActivityDependencies,
  input: WatchImportInput,
): Promise<readonly Laggard[]> {
  if (input.kind === 'bridge') return bridgeImportFaults(kube, bridgeImportOf(input));
  const question = anchorQuestion(input.context, clock.nowMs());
  return (await lookForAnchor(kube, question)).faults;
}

/** What an anchor that is handed in has to be fit for. */
export function anchorQuestion(
  { survey, sources }: RotationContext,
  atMs: number,
): Omit<AnchorImport, 'issuer'> {
  const { objects, anchors } = survey;
  const a = anchors.a.certificate;
  return { a, objects, atMs, ...(sources === undefined ? {} : { sources }) };
}

function bridgeImportOf({ context, neededUntil }: MakeBridgeInput): BridgeImport {
  const { sources, survey } = context;
  const { a, b } = survey.anchors;
  const { objects } = survey;
  return { objects, a, b, neededUntil, ...(sources === undefined ? {} : { sources }) };
}
