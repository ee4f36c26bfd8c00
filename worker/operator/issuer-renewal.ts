import type { IssuerMark, NotedApproval } from '../../domain/resource/issuer-renewal.ts';
import { isPersonsRenewal, mayRenewIssuer } from '../../domain/resource/issuer-renewal.ts';
import { withoutMarks } from '../../domain/resource/resource-status.ts';
import { isIssuerRenewedByUs } from '../../mesh/own-issuer-renewal.ts';
import { readIssuerMark } from '../../mesh/resource/issuer-mark.ts';
import { recordEvent } from '../../mesh/resource/resource-events.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { RotationLook } from './engine.ts';
import type { Memory, OperatorParts } from './parts.ts';
import { writeDifference } from './write-difference.ts';

/**
 * A person who renews the identity issuer while an anchor waits to be adopted means the switch, at
 * whatever moment: it is noted, and passed on as the approval when the rotation asks for it. What a
 * workflow of ours has renewed is never taken for it.
 */
export async function heedIssuerRenewal(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory }: { readonly look: RotationLook; readonly memory: Memory },
): Promise<void> {
  switch (stageOf(look, memory)) {
    case 'unknown':
      return;
    case 'ours':
      await writeDifference(parts, resource, ({ status }) => withoutMarks(status));
      return;
    case 'at-rest':
      if (resource.status.issuerMark !== undefined && !memory.hasLooked) return;
      await mark(parts, resource, undefined);
      return;
    case 'waiting': {
      // While no rotation runs the next survey is soon enough: its mark tells what came in between.
      if (look.kind !== 'running' && !memory.hasLooked) return;
      const noted = resource.status.noted ?? (await notice(parts, resource));
      if (noted !== undefined) await passOn(parts, resource, { look, noted });
    }
  }
}

/** Where a renewal by another hand would be one of a person who means the switch. */
function stageOf(look: RotationLook, memory: Memory): 'unknown' | 'ours' | 'at-rest' | 'waiting' {
  switch (look.kind) {
    case 'unreachable':
      return 'unknown';
    case 'running':
      if (look.sight === undefined) return 'unknown';
      return mayRenewIssuer(look.sight.state) ? 'ours' : 'waiting';
    case 'none':
    case 'ended': {
      const { sight } = memory;
      if (sight?.kind !== 'seen') return 'unknown';
      return sight.anchors.b === undefined ? 'at-rest' : 'waiting';
    }
  }
}

async function notice(
  parts: OperatorParts,
  resource: RotationResource,
): Promise<NotedApproval | undefined> {
  const { kube, clock } = parts;
  const before = resource.status.issuerMark;
  const now = await readIssuerMark(kube, resource.spec.objects);
  if (now === undefined || now.revision === before?.revision) return undefined;
  const at = new Date(clock.nowMs()).toISOString();
  const isMeant =
    before !== undefined &&
    isPersonsRenewal(before, now) &&
    !(await isIssuerRenewedByUs(kube, resource.spec.objects));
  const noted: NotedApproval | undefined = isMeant
    ? {
        gate: 'switch-issuer',
        by: `a person's renewal of the identity issuer (revision ${String(now.revision)})`,
        at,
      }
    : undefined;
  await mark(parts, resource, { now, noted });
  if (noted !== undefined) {
    await recordEvent(kube, resource, {
      key: `noted/${now.fingerprint}`,
      type: 'Normal',
      reason: 'ApprovalNoted',
      message: `${noted.by} counts as approval switch-issuer: the switch is made when its gate allows`,
      at,
    });
  }
  return noted;
}

async function passOn(
  parts: OperatorParts,
  resource: RotationResource,
  { look, noted }: { readonly look: RotationLook; readonly noted: NotedApproval },
): Promise<void> {
  if (look.kind !== 'running' || look.sight?.state.waiting?.approval !== noted.gate) return;
  const { accepted } = await parts.engine.approve(noted.gate, noted.by);
  // Refused, it is passed on again as long as the rotation asks.
  if (accepted) await writeDifference(parts, resource, ({ status }) => withoutMarks(status));
}

async function mark(
  parts: OperatorParts,
  resource: RotationResource,
  seen: { readonly now: IssuerMark; readonly noted: NotedApproval | undefined } | undefined,
): Promise<void> {
  const now = seen?.now ?? (await readIssuerMark(parts.kube, resource.spec.objects));
  await writeDifference(parts, resource, ({ status }) => ({
    ...withoutMarks(status),
    ...(now === undefined ? {} : { issuerMark: now }),
    ...(seen?.noted === undefined ? {} : { noted: seen.noted }),
  }));
}
