import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import { certificateRequestObject, requestRef } from '../../../mesh/certificate-requests.ts';
import { condition } from '../../../mesh/conditions.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { isConflict, isRetryable, NotFoundError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { patienceMs } from '../../support/patience.ts';

/** A CertificateRequest that nobody has decided on yet. */
export interface OpenRequest {
  /** Of the request: cert-manager's own are `<Certificate>-<revision>`. */
  readonly name: string;
  readonly namespace: string;
  /** Base64 of the CSR's PEM. */
  readonly csr: string;
  readonly usages?: readonly string[] | undefined;
}

/** A certificate that the request is answered with in place of its issuer's; PEM. */
export interface Answer {
  readonly certificate: string;
  readonly ca: string;
}

/** `fail`: approved, and given up by its issuer. `hold`: asked again until it is something else. */
export type Decision = 'approve' | 'deny' | 'fail' | 'hold' | Answer;
export type ApprovalPolicy = (request: OpenRequest) => Decision | Promise<Decision>;

/** An approver as clusters have them where cert-manager's own is switched off. */
export interface Approver {
  /** What it goes by from now on; held requests are judged by it, too. At first it approves everything. */
  follow(policy: ApprovalPolicy): void;
  /** @throws what ended it before its time */
  stop(): Promise<void>;
}

const { trustNamespace, linkerdNamespace } = documentedObjects;
const pollMs = 250;

export async function startApprover(kubeConfigYaml: string): Promise<Approver> {
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  const stopped = new AbortController();
  let policy: ApprovalPolicy = () => 'approve';
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await decideOnAll(kube, (request) => policy(request)).catch(passing);
      await delay(pollMs);
    }
  };
  const watching = watch();
  // Whoever stops it is told; until then requests stay open, which scenarios notice.
  watching.catch(() => undefined);
  return {
    follow: (next) => {
      policy = next;
    },
    stop: async () => {
      stopped.abort();
      try {
        await watching;
      } finally {
        await kube.close();
      }
    },
  };
}

/** The API server is away, or somebody else wrote or deleted the request meanwhile. */
function passing(error: unknown): void {
  if (!isRetryable(error) && !(error instanceof NotFoundError)) throw error;
}

async function decideOnAll(kube: Kube, policy: ApprovalPolicy): Promise<void> {
  for (const namespace of [trustNamespace, linkerdNamespace]) {
    const requests = await kube.list(resources.certificateRequests, certificateRequestObject, {
      namespace,
    });
    for (const { metadata, spec, status } of requests) {
      const isDecided = status.conditions?.some(({ type }) =>
        ['Approved', 'Denied'].includes(type),
      );
      if (isDecided === true) continue;
      const { name } = metadata;
      const { request: csr, usages } = spec;
      const decision = await policy({ name, namespace, csr, usages });
      if (decision !== 'hold') await write(kube, { name, namespace }, decision);
    }
  }
}

const withStatus = z.looseObject({
  status: z.looseObject({ conditions: z.array(condition).default([]) }).default({ conditions: [] }),
});

async function write(
  kube: Kube,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  decision: Exclude<Decision, 'hold'>,
): Promise<void> {
  const ref = requestRef(namespace, name);
  const request = await kube.get(ref, rawObject);
  if (request === undefined) return;
  const { status } = withStatus.parse(request);
  const { conditions, ...rest } = statusFor(decision);
  try {
    await kube.replaceStatus(ref, {
      ...request,
      status: { ...status, ...rest, conditions: [...status.conditions, ...conditions] },
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

function statusFor(decision: Exclude<Decision, 'hold'>): {
  readonly conditions: readonly object[];
  readonly failureTime?: string;
  readonly certificate?: string;
  readonly ca?: string;
} {
  const approved = made('Approved', 'True', 'Policy', 'approved by the policy of this cluster');
  switch (decision) {
    case 'approve':
      return { conditions: [approved] };
    case 'deny':
      return {
        conditions: [made('Denied', 'True', 'Policy', 'the policy of this cluster forbids it')],
      };
    case 'fail':
      return {
        conditions: [approved, made('Ready', 'False', 'Failed', 'the signer gave it up')],
        failureTime: now(),
      };
    default:
      return {
        conditions: [approved, made('Ready', 'True', 'Issued', 'signed elsewhere')],
        certificate: Buffer.from(decision.certificate).toString('base64'),
        ca: Buffer.from(decision.ca).toString('base64'),
      };
  }
}

function made(type: string, status: string, reason: string, message: string): object {
  return { type, status, reason, message, lastTransitionTime: now() };
}

/** Kubernetes' times have whole seconds. */
function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
