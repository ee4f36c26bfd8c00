import { z } from 'zod';
import type { RotationAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { secretRef } from '../tls-secret.ts';
import { keyMatches, parseChain } from '../x509.ts';
import type { Probe } from './probe.ts';
import { probeFault } from './probe.ts';
import { probeLabel } from './probe-issuance.ts';

const secretObject = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Writes the A-probe into its Secret, where it outlives this worker and A's key: only with it can the
 * end of the rotation prove that nothing trusts A any more. The pair goes from memory into the
 * request and appears nowhere else.
 */
export async function saveProbe(kube: Kube, objects: MeshObjects, probe: Probe): Promise<void> {
  const ref = secretRef(objects.trustNamespace, objects.probe);
  const data = { 'tls.crt': encode(probe.chainPem), 'tls.key': encode(probe.keyPem) };
  const existing = await kube.get(ref, secretObject);
  if (existing === undefined) {
    const metadata = { labels: { [probeLabel]: 'true' } };
    await kube.create(ref, { metadata, type: 'kubernetes.io/tls', data });
  } else {
    await kube.patch(ref, { data }, 'merge');
  }
}

/** The A-probe from its Secret; `undefined` when there is none that is in date and verifies under A. */
export async function loadProbe(
  kube: Kube,
  objects: MeshObjects,
  question: { readonly anchors: RotationAnchors; readonly atMs: number },
): Promise<Probe | undefined> {
  const secret = await kube.get(secretRef(objects.trustNamespace, objects.probe), secretObject);
  if (secret === undefined) return undefined;
  const chainPem = decode(secret.data['tls.crt']);
  const keyPem = decode(secret.data['tls.key']);
  // Whatever somebody wrote there instead is not our probe; a new one takes its place.
  const [leaf] = await parseChain(chainPem).catch(() => []);
  if (leaf === undefined || !keyMatches(keyPem, leaf)) return undefined;
  if ((await probeFault('a', chainPem, question)) !== undefined) return undefined;
  const { notBefore, notAfter } = leaf;
  return { name: 'a', keyPem, chainPem, notBefore, notAfter };
}

/** `false` when there was none. */
export function removeKeptProbe(kube: Kube, objects: MeshObjects): Promise<boolean> {
  return kube.delete(secretRef(objects.trustNamespace, objects.probe));
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}
