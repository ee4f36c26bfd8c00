import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { ResourceStatus } from '../domain/resource/resource-status.ts';
import type { Clock } from '../mesh/observation/clock.ts';

/** Where what is counted comes from. Labels are words of ours: none grows with the mesh. */
export interface RotationMetrics {
  /** How the rotation, or the mesh at rest, stands; every worker tells the same. */
  told(status: ResourceStatus): void;
  /** This worker has surveyed the mesh. */
  surveyed(tookMs: number): void;
  /** This worker has restarted workloads, by default one: by kind, as in `Deployment`. */
  restarted(kind: string, outcome: 'up' | 'stuck', count?: number): void;
}

export function registerRotationMetrics(registry: Registry, clock: Clock): RotationMetrics {
  const gauges = gaugesIn(registry);
  const restarts = new Counter({
    name: 'trust_rotation_restarts_total',
    help: 'Workloads that this worker has restarted, by kind (or unnamed) and by what came of it',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  const ageFrom = registerSurveyAge(registry, clock);
  const blocked = registerBlockedSeconds(registry, clock);
  return {
    told: (status) => {
      tellRunning(gauges, status);
      tellEnds(gauges, status);
      blocked(blockReasonOf(status));
    },
    surveyed: (tookMs) => {
      ageFrom(clock.nowMs());
      gauges.surveyDuration.set(tookMs / 1_000);
    },
    restarted: (kind, outcome, count = 1) => restarts.inc({ kind, outcome }, count),
  };
}

/** Nothing of this stays when the rotation has ended. */
function tellRunning({ phase, progress, proxies }: Gauges, status: ResourceStatus): void {
  for (const gauge of [phase, progress, proxies]) gauge.reset();
  const { gate, fleet, phases } = status;
  // The status keeps what the last rotation has seen; at rest no proxy is asked.
  if (!phases.some((record) => record.phase === status.phase)) return;
  phase.set({ phase: status.phase }, 1);
  if (gate !== undefined) {
    progress.set({ gate: gate.name }, gate.total === 0 ? 1 : gate.converged / gate.total);
  }
  for (const { holds, presents, proxies: count } of fleet) proxies.inc({ holds, presents }, count);
}

function tellEnds({ duration, success, unready }: Gauges, status: ResourceStatus): void {
  const { phases, rotations, conditions } = status;
  for (const { phase, startedAt, endedAt } of phases) {
    if (startedAt === undefined || endedAt === undefined) continue;
    duration.set({ phase }, secondsOf(endedAt) - secondsOf(startedAt));
  }
  const last = rotations.find(({ outcome }) => outcome === 'completed');
  if (last !== undefined) success.set(secondsOf(last.endedAt));
  unready.reset();
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False') unready.set({ reason: ready.reason }, 1);
}

type Gauges = Readonly<Record<keyof typeof gaugeTexts, Gauge>>;

const gaugeTexts = {
  phase: ['phase', '1 for the phase that runs', 'phase'],
  progress: ['gate_progress_ratio', 'Share of what a gate waits for that is ready', 'gate'],
  proxies: [
    'proxies',
    'Live proxies by the anchors they hold and the leaf they present, while a rotation runs',
    'holds',
    'presents',
  ],
  duration: ['phase_duration_seconds', 'How long a phase took when it ran last', 'phase'],
  success: [
    'last_success_timestamp_seconds',
    'When a rotation completed last, in seconds since 1970',
  ],
  unready: ['unready', '1 for the reason why the mesh, at rest or not, is not Ready', 'reason'],
  surveyDuration: ['survey_duration_seconds', 'How long the last survey of this worker took'],
} as const;

function gaugesIn(registry: Registry): Gauges {
  const gauges = Object.entries(gaugeTexts).map(([key, [name, help, ...labelNames]]) => {
    const registers = [registry];
    const gauge = new Gauge({ name: `trust_rotation_${name}`, help, labelNames, registers });
    // One without labels begins at 0, which nothing has been measured to be.
    if (labelNames.length === 0) gauge.remove();
    return [key, gauge];
  });
  // Sound: the keys are those of the texts.
  return Object.fromEntries(gauges) as Gauges;
}

/** Absent before the first survey; answers with what tells it when one has ended. */
function registerSurveyAge(registry: Registry, clock: Clock): (endedAtMs: number) => void {
  let lastMs: number | undefined;
  new Gauge({
    name: 'trust_rotation_survey_age_seconds',
    help: 'How long ago the last survey of this worker ended',
    registers: [registry],
    collect() {
      if (lastMs === undefined) this.remove();
      else this.set((clock.nowMs() - lastMs) / 1_000);
    },
  });
  return (endedAtMs) => {
    lastMs = endedAtMs;
  };
}

/** Counts on with each scrape; answers with what tells it the reason, or that there is none. */
function registerBlockedSeconds(
  registry: Registry,
  clock: Clock,
): (reason: string | undefined) => void {
  let open: { readonly reason: string; readonly countedToMs: number } | undefined;
  const count = (): void => {
    if (open === undefined) return;
    const nowMs = clock.nowMs();
    counter.inc({ reason: open.reason }, Math.max(0, nowMs - open.countedToMs) / 1_000);
    open = { ...open, countedToMs: nowMs };
  };
  const counter = new Counter({
    name: 'trust_rotation_blocked_seconds_total',
    help: 'Time in which a rotation was blocked, by what blocks it',
    labelNames: ['reason'],
    registers: [registry],
    collect: count,
  });
  return (reason) => {
    count();
    if (reason === open?.reason) return;
    open = reason === undefined ? undefined : { reason, countedToMs: clock.nowMs() };
  };
}

/** `ForeignHands` as `foreign-hands`. */
function blockReasonOf({ conditions }: ResourceStatus): string | undefined {
  const blocked = conditions.find(({ type }) => type === 'Blocked');
  if (blocked?.status !== 'True') return undefined;
  return blocked.reason.replaceAll(/(?<=.)[A-Z]/g, '-$&').toLowerCase();
}

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1_000;
}
