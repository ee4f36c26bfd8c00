import { z } from 'zod';
import { identifyAnchors } from '../../../domain/anchors.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import type { SurveyRequest } from '../../../domain/observation.ts';
import type { Survey } from '../../../domain/survey.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { maxParallelInterviews } from '../../../mesh/observation/limits.ts';
import type { Surveyor } from '../../../mesh/observation/survey.ts';
import { createSurveyor } from '../../../mesh/observation/survey.ts';
import { demoTimings } from '../../../deploy/local/demo-timings.ts';
import { bareHandshakes } from './bare-loop.ts';
import type { EngineOrder, EngineReply, SurveyOutcome } from './engine.ts';
import { metered, readMeter } from './meter.ts';
import { watchProgress, watchUntilPassed } from './watch.ts';

/** The product's own code in a process of its own, so that what it costs can be told from the rest. */
interface Engine {
  readonly kube: Kube;
  readonly surveyor: Surveyor;
}

let engine: Engine | undefined;

async function obey(order: EngineOrder): Promise<Omit<EngineReply, 'id'>> {
  if (order.kind === 'connect') {
    const { kubeConfigYaml } = order;
    const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: 30_000 });
    const log = { info: () => undefined, warn: () => undefined };
    engine = { kube, surveyor: createSurveyor({ kube, clock: systemClock, log }) };
    return {};
  }
  if (engine === undefined) throw new Error('the engine is not connected');
  const { kube, surveyor } = engine;
  switch (order.kind) {
    case 'list': {
      const { cost } = await metered(() => barePods(kube));
      return { cost };
    }
    case 'survey': {
      const request = await requestOf(surveyor);
      const { cost, result } = await metered(() => survey(surveyor, request, order.fresh));
      return { cost, survey: result };
    }
    case 'handshakes': {
      const { addresses, pair } = order;
      const { cost } = await metered(() => bareHandshakes(addresses, pair, maxParallelInterviews));
      return { cost };
    }
    case 'watch': {
      const given = await requestOf(surveyor);
      const request = { ...given, timings: { ...given.timings, pollMs: order.pollMs } };
      const { gate } = order;
      return { watch: await watchUntilPassed({ kube, surveyor, request, gate }) };
    }
    case 'meter':
      return { meter: { ...readMeter(), ...watchProgress() } };
  }
}

/** Every page of pods, with the product's client, and nothing of them kept. */
async function barePods(kube: Kube): Promise<void> {
  await kube.list(
    resources.pods,
    z.unknown().transform(() => undefined),
  );
}

async function survey(
  surveyor: Surveyor,
  request: SurveyRequest,
  fresh: boolean,
): Promise<SurveyOutcome> {
  let listedAtMs = performance.now();
  const result = await surveyor.survey(request, {
    fresh,
    onProgress: (text) => {
      if (text.startsWith('listed')) listedAtMs = performance.now();
    },
  });
  return { ...outcomeOf(result), askingMs: performance.now() - listedAtMs };
}

function outcomeOf({ proxies }: Survey): Omit<SurveyOutcome, 'askingMs'> {
  const known = proxies.filter(
    ({ holds, presents }) => holds.a !== 'unknown' && presents.leaf === 'valid',
  );
  const note = proxies.find(({ note: said }) => said !== undefined)?.note;
  return {
    proxies: proxies.length,
    known: known.length,
    ...(note === undefined ? {} : { note }),
  };
}

async function requestOf(surveyor: Surveyor): Promise<SurveyRequest> {
  const anchors = identifyAnchors(await surveyor.discover(documentedObjects));
  return {
    objects: documentedObjects,
    anchors,
    bundleHistory: [],
    issuerHistory: [],
    excepted: [],
    timings: { ...demoTimings, certificateAgeMs: 0 },
    probe: true,
  };
}

process.on('message', (message) => {
  // Sound: only `startEngine` has the other end of the channel, and sends nothing else.
  const { id, order } = message as { id: number; order: EngineOrder };
  obey(order).then(
    (reply) => void process.send?.({ id, ...reply }),
    (error: unknown) => void process.send?.({ id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
