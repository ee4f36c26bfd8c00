import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import { isIssuing, readCertificate } from '../../../mesh/certificates.ts';
import type { ObjectRef } from '../../../mesh/kubernetes/resources.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { triggerRenewal } from '../../../mesh/renewal-trigger.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { ApprovalPolicy, Approver, Decision } from './approver.ts';
import type { Bench } from './bench.ts';
import { anchorCertificate } from './by-hand.ts';
import { stateTimeoutMs } from './patience.ts';

/** What cert-manager, and whoever decides on its requests, may do to a rotation. */

const { trustNamespace } = documentedObjects;

/** Requests by their beginning: cert-manager's own go on with a revision, ours with a fingerprint. */
export type RequestsOf =
  'linkerd-trust-anchor' | 'linkerd-identity-issuer' | 'linkerd-trust-bridge';

export function approverOf({ environment }: Bench): Approver {
  const { approver } = environment;
  if (approver === undefined) throw new Error('cert-manager has its own approver here');
  return approver;
}

/** Decides so on these requests, on the first `times` of them; everything else is approved. */
export function policyFor(
  requests: RequestsOf,
  decide: Decision | ApprovalPolicy,
  times = Infinity,
): ApprovalPolicy {
  let left = times;
  return async (request) => {
    if (!request.name.startsWith(`${requests}-`) || left === 0) return 'approve';
    left -= 1;
    return typeof decide === 'function' ? decide(request) : decide;
  };
}

const names = z.object({ metadata: z.object({ name: z.string() }) });

/** Waits until a request of the anchor lies there that nobody decides on. */
export async function untilAnchorIsAskedFor({ kube }: Bench): Promise<void> {
  await waitFor(
    async () => {
      const state = await readCertificate(kube, anchorCertificate);
      const open = `${documentedObjects.trustAnchor}-${String(state.revision + 1)}`;
      const requests = await kube.list(resources.certificateRequests, names, {
        namespace: trustNamespace,
      });
      return isIssuing(state) && requests.some(({ metadata }) => metadata.name === open);
    },
    { what: 'a request for the next anchor', timeoutMs: stateTimeoutMs },
  );
}

export async function revisionOf({ kube }: Bench, certificate: ObjectRef): Promise<number> {
  return (await readCertificate(kube, certificate)).revision;
}

/** `cmctl renew` of a second person, while the first one's renewal is under way. */
export async function triggerOnceMore({ kube }: Bench): Promise<void> {
  await triggerRenewal(kube, anchorCertificate, { token: 'a second person' });
}

/**
 * Edits a Certificate so that cert-manager renews it by itself then; by default now.
 * @returns puts back what was there
 */
export async function letFallDue(
  { kube }: Bench,
  certificate: ObjectRef,
  inMs = 0,
): Promise<() => Promise<void>> {
  const { notAfter = '', renewBefore } = await readCertificate(kube, certificate);
  const beforeMs = Date.parse(notAfter) - Date.now() - inMs;
  const write = async (value: string | undefined): Promise<void> => {
    await kube.patch(certificate, { spec: { renewBefore: value } }, 'merge');
  };
  await write(`${String(Math.round(beforeMs / 1_000))}s`);
  return () => write(renewBefore);
}

export async function untilRevision(
  bench: Bench,
  certificate: ObjectRef,
  wanted: number,
): Promise<void> {
  await waitFor(async () => (await revisionOf(bench, certificate)) >= wanted, {
    what: `revision ${String(wanted)} of Certificate ${certificate.name}`,
    timeoutMs: stateTimeoutMs,
  });
}
