import { Context } from '@temporalio/activity';
import { gateReport, planResult } from './fixtures.ts';

/** The real workflow with activities that do nothing: every gate passes but those that are held. */
export function fakeActivities(
  isHeld: () => boolean,
): Record<string, (input: never) => Promise<unknown>> {
  const { observed } = planResult();
  const names = ['pinSigner', 'pointSigner', 'renewIdentityIssuer', 'retireTrustAnchor'];
  const nothing = ['takeLease', 'releaseLease', 'freezeTrustAnchor'];
  const more = ['removeBridge', 'removeProbes', 'prepareProbes', 'keepRetirementProof'];
  return {
    ...Object.fromEntries(names.map((name) => [name, async () => ({ observed })])),
    ...Object.fromEntries([...nothing, ...more].map((name) => [name, async () => undefined])),
    unfreezeTrustAnchor: async () => ({}),
    planRotation: async () => planResult(),
    restartWave: async () => ({ observed, restarted: [], lacking: 0, stuck: [] }),
    watchGate: async ({ gate }: { gate: string }) => {
      const context = Context.current();
      while (isHeld()) {
        context.heartbeat({ ...gateReport(34, 60), gate });
        await Promise.race([context.sleep(50), context.cancelled]);
      }
      const report = { ...gateReport(60, 60), gate };
      return { outcome: 'passed', report, foreign: [], observed };
    },
  };
}
