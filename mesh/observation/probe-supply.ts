import type { MeshObjects } from '../../domain/objects.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { TrustObjects } from '../../domain/survey.ts';
import { certificateRef, readCertificate } from '../certificates.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { readLinkerdConfig } from '../linkerd-config.ts';
import type { ProbeName } from './probe.ts';
import type { IssuerSettings, ProbeContext, ProbeKit, ProbeSupply } from './probe-kit.ts';
import { probeSource, probeSources } from './probe-sources.ts';
import { readTrustObjects } from './trust-objects.ts';

/** Who waits for probes, and what is told meanwhile. */
export interface SupplyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** Where probes come from: the cluster that signs them, the kit that keeps them. */
export interface ProbeMakers {
  readonly kube: Kube;
  readonly kit: ProbeKit;
}

/** Every probe that a survey of these objects can use. */
export function supplyProbes(
  { kube, kit }: ProbeMakers,
  { request, objects }: { readonly request: SurveyRequest; readonly objects: TrustObjects },
  options: SupplyOptions,
): Promise<ReadonlyMap<ProbeName, ProbeSupply>> {
  return kit.supply(probeSources(request, objects), probeContext(kube, request, options));
}

/** Keeps an A-probe for the final proof; see `ProbeKit.keepForProof`. */
export async function keepProofProbe(
  { kube, kit }: ProbeMakers,
  { request, untilMs }: { readonly request: SurveyRequest; readonly untilMs: number },
  options: SupplyOptions,
): Promise<{ readonly notAfter: string }> {
  const { anchors, objects } = request;
  const present = await readTrustObjects(kube, objects, { anchors, atMs: Date.now() });
  const source = probeSource('a', request, present);
  return kit.keepForProof(source, untilMs, probeContext(kube, request, options));
}

function probeContext(
  kube: Kube,
  request: SurveyRequest,
  { signal, onProgress }: SupplyOptions,
): ProbeContext {
  const { objects, anchors, timings } = request;
  const issuerSettings = (): Promise<IssuerSettings> => readIssuerSettings(kube, objects);
  return { objects, anchors, timings, issuerSettings, signal, onProgress };
}

async function readIssuerSettings(kube: Kube, objects: MeshObjects): Promise<IssuerSettings> {
  const issuer = certificateRef(objects.linkerdNamespace, objects.identityIssuer);
  const [{ trustDomain }, { usages }] = await Promise.all([
    readLinkerdConfig(kube, objects),
    readCertificate(kube, issuer),
  ]);
  return { trustDomain, usages };
}
