import { summarise } from '../domain/survey-summary.ts';
import { importsBridge } from '../domain/sources.ts';
import { removeBridgeExchange } from '../mesh/bridge-exchange.ts';
import { BridgeError, ensureBridge, removeBridge } from '../mesh/bridge.ts';
import { RequestDeniedError, RequestFailedError } from '../mesh/certificate-requests.ts';
import { TlsSecretError } from '../mesh/tls-secret.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import { surveyed } from './guard.ts';
import { waitOptions, withHeartbeat } from './progress.ts';
import { knownFailure } from './to-failure.ts';

/** The bridge: B's key signed by A. */
export function createBridgeActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'makeBridge' | 'removeBridge'> {
  return {
    makeBridge: ({ context, neededUntil }) =>
      withHeartbeat(
        { text: "asking for the new anchor's key to be cross-signed" },
        async (beat) => {
          const { objects, anchors, timings } = context.survey;
          try {
            const bridge = await ensureBridge(deps.kube, objects, {
              ...waitOptions(beat, timings.issuanceTimeoutMs),
              a: anchors.a,
              neededUntilMs: Date.parse(neededUntil),
              ...(context.sources === undefined ? {} : { sources: context.sources }),
            });
            if (importsBridge(context)) await removeBridgeExchange(deps.kube, objects);
            const survey = await surveyed(deps, context, beat);
            return { bridge: bridge.certificate, observed: summarise(survey) };
          } catch (error) {
            // What an owner has handed in is no word of A: another answer may be better.
            if (importsBridge(context) || !isRefusal(error)) throw error;
            throw knownFailure(
              FailureType.CrossSigningRefused,
              `the old anchor did not cross-sign the new one: ${error.message}`,
            );
          }
        },
      ),
    removeBridge: ({ context }) =>
      withHeartbeat({ text: 'deleting the bridge' }, async () => {
        const { objects, anchors } = context.survey;
        await removeBridge(deps.kube, objects, anchors.b?.certificate);
        if (importsBridge(context)) await removeBridgeExchange(deps.kube, objects);
      }),
  };
}

function isRefusal(error: unknown): error is Error {
  return (
    error instanceof BridgeError ||
    error instanceof RequestDeniedError ||
    error instanceof RequestFailedError ||
    error instanceof TlsSecretError
  );
}
