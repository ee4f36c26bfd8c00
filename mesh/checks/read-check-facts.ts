import type { Found } from '../../domain/checks/check.ts';
import type { CheckFacts, MeshFacts, OperatorFacts } from '../../domain/checks/facts.ts';
import type { Sourced } from '../../domain/sources.ts';
import { z } from 'zod';
import { readBundle } from '../bundle.ts';
import { readInstalledComponents } from '../cert-manager.ts';
import { condition, explainCondition } from '../conditions.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import { readLinkerdConfig } from '../linkerd-config.ts';
import { identityAccepts } from '../observation/identity-start.ts';
import type { MeshQuestion } from '../observation/observe-mesh.ts';
import { observeMesh } from '../observation/observe-mesh.ts';
import { readLeafLifetimeMs } from '../observation/leaf-lifetime.ts';
import type { Surveyor } from '../observation/survey.ts';
import { requireIssuer, requireOwnBundle } from '../observation/trust-objects.ts';
import type { Right } from '../rights.ts';
import { operatorRights } from '../rights.ts';
import { describeMissingRight, missingRights } from '../rights-check.ts';
import { find } from './find.ts';
import { readPkiFacts } from './read-pki-facts.ts';
import { readWebhookFacts } from './read-webhook-facts.ts';
import { tryCertManager } from './try-cert-manager.ts';

export interface CheckTools {
  readonly kube: Kube;
  readonly surveyor: Surveyor;
}

export interface CheckQuestion extends MeshQuestion, Sourced {
  /** Those that are looked for, beside what an operator needs where its resource can exist. */
  readonly rights: readonly Right[];
  /** Linkerd is not installed yet: its objects and proxies are not looked for. */
  readonly isBefore: boolean;
}

/**
 * Everything that the checks are judged by; changes nothing. What cannot be read is unknown with its
 * reason, so that one missing right does not hide all the rest.
 */
export async function readCheckFacts(
  { kube, surveyor }: CheckTools,
  question: CheckQuestion,
): Promise<CheckFacts> {
  const { objects, isBefore, sources } = question;
  const { serverMs: atMs } = await kube.serverTime();
  const lookingForOperator = find(() => readOperator(kube));
  const [components, certManagerAnswers, pki, webhooks, operator, missing] = await Promise.all([
    find(() => readInstalledComponents(kube)),
    find(() => tryCertManager(kube, objects)),
    readPkiFacts(kube, question),
    isBefore ? [] : readWebhookFacts(kube, objects),
    lookingForOperator,
    find(async () => {
      const rights = [...question.rights, ...followingRights(await lookingForOperator)];
      return (await missingRights(kube, rights)).map(describeMissingRight);
    }),
  ]);
  const mesh: Found<MeshFacts> = isBefore
    ? { found: false, why: 'Linkerd is not looked for' }
    : await find(() => readMesh({ kube, surveyor }, question, atMs));
  question.signal?.throwIfAborted();
  return {
    objects,
    ...(sources === undefined ? {} : { sources }),
    atMs,
    components,
    certManagerAnswers,
    pki,
    webhooks,
    mesh,
    operator,
    missingRights: missing,
  };
}

async function readMesh(
  { kube, surveyor }: CheckTools,
  question: CheckQuestion,
  atMs: number,
): Promise<MeshFacts> {
  const { objects, timings } = question;
  const { anchors, survey } = await observeMesh(surveyor, question);
  const [config, issuer, bundle] = await Promise.all([
    readLinkerdConfig(kube, objects),
    requireIssuer(kube, objects),
    readBundle(kube, objects),
  ]);
  const { pem: bundlePem } = requireOwnBundle(bundle, objects);
  return {
    survey,
    anchors,
    identityAcceptsIssuer: await identityAccepts(issuer.chainPem, { bundlePem, atMs }),
    issuerScheme: config.issuerScheme,
    externalCa: config.externalCa,
    leafLifetimeMs: await readLeafLifetimeMs(
      kube,
      objects.linkerdNamespace,
      config.issuanceLifetime,
    ),
    settleMs: timings.settleMs,
  };
}

const crdObject = z.object({ metadata: z.object({ name: z.string() }) });
const rotationObject = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z.array(condition).default([]),
    })
    .default({ conditions: [] }),
});

async function readOperator(kube: Kube): Promise<OperatorFacts> {
  const ref = { type: resources.trustAnchorRotations, name: 'cluster' };
  const resource = await kube.get(ref, rotationObject);
  if (resource === undefined) {
    // Whoever may follow the resource need not have the right to look at its kind.
    const crd = { type: resources.customResourceDefinitions, name: rotationCrd };
    return { isInstalled: (await kube.get(crd, crdObject)) !== undefined };
  }
  const { observedGeneration, conditions } = resource.status;
  return {
    isInstalled: true,
    resource: {
      generation: resource.metadata.generation,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      conditions: conditions.map((one) => ({
        type: one.type,
        status: one.status,
        reason: one.reason ?? '',
        detail: explainCondition(one),
      })),
    },
  };
}

/** Nobody follows a resource whose kind does not exist. */
function followingRights(operator: Found<OperatorFacts>): readonly Right[] {
  return operator.found && operator.value.isInstalled ? operatorRights() : [];
}

const rotationCrd = 'trustanchorrotations.trust.linkerd.io';
