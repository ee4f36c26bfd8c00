import type { SurveyRequest } from '../../domain/observation.ts';
import type { TrustObjects } from '../../domain/survey.ts';
import type { ProbeSource } from './probe-kit.ts';

/**
 * Which probes a survey needs, and which Secret can sign each: wherever the anchor lies now. Once A
 * has left previous-anchor only a kept A-probe is left.
 */
export function probeSources(request: SurveyRequest, objects: TrustObjects): ProbeSource[] {
  const a = probeSource('a', request, objects);
  if (request.anchors.b === undefined) return [a];
  const b = probeSource('b', request, objects);
  const { bridge } = objects;
  if (bridge === undefined) return [a, b];
  return [a, b, { name: 'x', under: bridge.fingerprint, secretName: request.objects.bridge }];
}

/** The probe under one anchor alone. */
export function probeSource(
  name: 'a' | 'b',
  { anchors, objects: names }: SurveyRequest,
  objects: TrustObjects,
): ProbeSource {
  const under = (name === 'a' ? anchors.a : anchors.b)?.certificate.fingerprint ?? '';
  if (objects.trustAnchor.fingerprint === under)
    return { name, under, secretName: names.trustAnchor };
  if (objects.previousAnchor?.fingerprint === under) {
    return { name, under, secretName: names.previousAnchor };
  }
  return { name, under };
}
