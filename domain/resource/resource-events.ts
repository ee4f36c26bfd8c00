import { phases } from '../phases.ts';
import { isBlocked, isEnd } from '../rotation-state.ts';
import type { RotationState } from '../rotation-state.ts';
import { countText } from './resource-status.ts';
import type { RotationSight } from './rotation-status.ts';
import { endPhase } from './rotation-status.ts';

/** Something that happened, for `kubectl describe tar cluster` and whoever watches Events. */
export interface ResourceEvent {
  /** The same happening has the same key wherever it is told from, so that it is told once. */
  readonly key: string;
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** All that has happened in a rotation as far as its state still tells. */
export function eventsOf({ state, request, runId, startedAt, at }: RotationSight): ResourceEvent[] {
  const normal = { type: 'Normal' } as const;
  const events: ResourceEvent[] = [
    {
      ...normal,
      key: 'started',
      reason: 'RotationStarted',
      message: `asked for by ${request.requestedBy}`,
      at: startedAt,
    },
    ...phaseEvents(state),
    ...state.approvals.map(({ gate, by, at: approvedAt }) => ({
      ...normal,
      key: `approved/${gate}`,
      reason: 'Approved',
      message: `${gate} approved by ${by}`,
      at: approvedAt,
    })),
    ...gateEvents(state),
    ...waitingEvents(state),
    ...endEvents(state, at),
  ];
  return events.map((event) => ({ ...event, key: `${runId}/${event.key}` }));
}

function phaseEvents(state: RotationState): ResourceEvent[] {
  return state.phases.flatMap(({ phase, startedAt, endedAt }) => [
    ...(startedAt === undefined
      ? []
      : [
          {
            key: `begun/${phase}`,
            type: 'Normal' as const,
            reason: 'PhaseBegun',
            message: `${phase}: ${phases[phase].title}`,
            at: startedAt,
          },
        ]),
    ...(endedAt === undefined
      ? []
      : [
          {
            key: `done/${phase}`,
            type: 'Normal' as const,
            reason: 'PhaseDone',
            message: `${phase} is done`,
            at: endedAt,
          },
        ]),
  ]);
}

function gateEvents({ gate }: RotationState): ResourceEvent[] {
  if (gate?.passed !== true) return [];
  return [
    {
      key: `passed/${gate.gate}/${gate.at}`,
      type: 'Normal',
      reason: 'GatePassed',
      message: `${gate.gate}: ${gate.title}, ${countText(gate)}`,
      at: gate.at,
    },
  ];
}

function waitingEvents(state: RotationState): ResourceEvent[] {
  const { condition, waiting } = state;
  if (waiting === undefined || isEnd(condition)) return [];
  const { approval, since } = waiting;
  const message = `waits for ${waiting.for}`;
  if (approval !== undefined) {
    const key = `asked/${approval}/${since}`;
    return [{ key, type: 'Normal', reason: 'ApprovalNeeded', message, at: since }];
  }
  if (condition === 'paused') {
    return [{ key: `paused/${since}`, type: 'Normal', reason: 'Paused', message, at: since }];
  }
  if (!isBlocked(state)) return [];
  const [first] = waiting.laggards;
  const because = first === undefined ? '' : `: ${first.what} ${first.reason}`;
  return [
    {
      key: `blocked/${since}`,
      type: 'Warning',
      reason: 'Blocked',
      message: `${message}${because}`,
      at: since,
    },
  ];
}

function endEvents({ condition, reason }: RotationState, at: string): ResourceEvent[] {
  if (!isEnd(condition)) return [];
  const isGood = condition === 'completed' || condition === 'already-rotated';
  return [
    {
      key: 'ended',
      type: isGood ? 'Normal' : 'Warning',
      reason: `Rotation${endPhase(condition)}`,
      message: reason ?? `the rotation has ended as ${condition}`,
      at,
    },
  ];
}
