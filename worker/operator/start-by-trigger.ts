import type { RenewedAnchor } from '../../domain/resource/renewed-anchor.ts';
import { requestOf } from '../../domain/resource/rotation-resource.ts';
import type { EngineSight, TriggerRecord } from '../../domain/resource/trigger-decision.ts';
import { decideTrigger, withTrigger } from '../../domain/resource/trigger-decision.ts';
import { ownerOf } from '../../mesh/resource/field-owners.ts';
import { lookAtRest } from '../../mesh/resource/rest-sight.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { RotationLook } from './engine.ts';
import type { OperatorParts } from './parts.ts';

/**
 * Starts a rotation where the resource asks for one that there has not been. Answers with what it
 * waits for, if it waits.
 */
export async function startByTrigger(
  parts: OperatorParts,
  resource: RotationResource,
  seen: { readonly look: RotationLook; readonly renewedAnchor: RenewedAnchor | undefined },
): Promise<string | undefined> {
  const { spec, isDeleting, status } = resource;
  const decision = decideTrigger({
    spec,
    isDeleting,
    records: status.triggers,
    engine: engineSight(seen.look),
    nowMs: parts.clock.nowMs(),
    ...(seen.renewedAnchor === undefined ? {} : { renewedAnchor: seen.renewedAnchor }),
  });
  switch (decision.kind) {
    case 'nothing':
      return undefined;
    case 'wait':
      return decision.because;
    case 'refuse':
      await settle(parts, decision.trigger, { outcome: 'Refused', message: decision.because });
      return undefined;
    case 'start':
      return start(parts, resource, decision);
  }
}

function engineSight(look: RotationLook): EngineSight {
  switch (look.kind) {
    case 'none':
    case 'ended':
      return { kind: 'idle' };
    case 'running':
      return {
        kind: 'running',
        ...(look.trigger === undefined ? {} : { trigger: look.trigger }),
      };
    case 'unreachable':
      return look;
  }
}

/** Written down first: whoever finds the record completes what it says, and starts nothing twice. */
async function start(
  parts: OperatorParts,
  resource: RotationResource,
  { trigger, record }: { readonly trigger: string; readonly record?: TriggerRecord },
): Promise<string | undefined> {
  const { engine, log } = parts;
  if ((await engine.pastTriggers()).includes(trigger)) {
    await settle(parts, trigger, { outcome: 'Started', message: 'Temporal knows its rotation' });
    return undefined;
  }
  const claimed = record ?? (await claim(parts, resource, trigger));
  if (typeof claimed === 'string') return claimed;
  if (claimed?.outcome !== 'Starting') return undefined;
  const who = ownerOf(resource, ['spec', 'trigger']) ?? 'somebody';
  const requestedBy =
    resource.spec.trigger === trigger
      ? `${who} (trigger ${trigger} of TrustAnchorRotation cluster)`
      : 'onAnchorRenewed of TrustAnchorRotation cluster';
  const request = requestOf(resource.spec, parts.cluster, {
    trigger,
    requestedBy,
    replaces: claimed.replaces ?? '',
  });
  const runId = await engine.start(request, `${resource.uid}/${trigger}`);
  if (runId === undefined) {
    const message = 'another rotation began at the same time; set another value once it has ended';
    await settle(parts, trigger, { outcome: 'Refused', message });
    return undefined;
  }
  log.info({ trigger, runId }, 'a rotation was started');
  await settle(parts, trigger, { outcome: 'Started', message: `workflow run ${runId}` });
  return undefined;
}

/** The record as it stands in the cluster afterwards, ours or another worker's; a text: it has to wait. */
async function claim(
  { kube, clock, telling }: OperatorParts,
  { spec }: RotationResource,
  trigger: string,
): Promise<TriggerRecord | string | undefined> {
  const sight = await lookAtRest(kube, spec.objects, clock.nowMs());
  if (sight.kind === 'failed') return `trigger ${trigger} waits: ${sight.reason}`;
  const record: TriggerRecord = {
    value: trigger,
    at: sight.at,
    outcome: 'Starting',
    replaces: sight.anchors.a.certificate.fingerprint,
  };
  const status = await telling.publisher.write(({ status: found }) =>
    found.triggers.some(({ value }) => value === trigger)
      ? found
      : { ...found, triggers: withTrigger(found.triggers, record) },
  );
  return status?.triggers.find(({ value }) => value === trigger);
}

async function settle(
  { clock, telling }: OperatorParts,
  trigger: string,
  end: Pick<TriggerRecord, 'outcome' | 'message'>,
): Promise<void> {
  await telling.publisher.write(({ status }) => {
    const record = status.triggers.find(({ value }) => value === trigger);
    // Another worker has got that far already, and its word stands.
    if (record !== undefined && record.outcome !== 'Starting') return status;
    const at = record?.at ?? new Date(clock.nowMs()).toISOString();
    return {
      ...status,
      triggers: withTrigger(status.triggers, { ...record, value: trigger, at, ...end }),
    };
  });
}
