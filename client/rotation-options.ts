import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { PlanQuestion } from '../activities/plan.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { ApprovalName } from '../domain/phases.ts';
import { approvalNames, methods, paces } from '../domain/phases.ts';
import type { Exception, RotationRequest, Timings } from '../domain/rotation-request.ts';
import {
  defaultApprovals,
  defaultRestartLimits,
  defaultTimings,
  timingProblem,
} from '../domain/rotation-request.ts';
import type { Sources } from '../domain/sources.ts';
import { defaultSources, sourceNames } from '../domain/sources.ts';
import { addObjectOptions, givenOf } from './object-options.ts';
import type { Reach } from './reach.ts';
import { defaultReach } from './reach.ts';

/** The flags of `plan` and `rotate`: what a rotation shall be like. */
const rotationOptions = z.object({
  method: z.enum(['auto', ...methods]),
  pace: z.enum(paces),
  approveAutomatically: z.array(z.enum(approvalNames)),
  waveSize: z.number(),
  except: z.array(z.object({ name: z.string(), reason: z.string() })),
  timing: z.record(z.string(), z.number()),
  replaces: z.string(),
  reach: z.enum(['pod-ip', 'port-forward']).optional(),
});
export type RotationOptions = z.infer<typeof rotationOptions>;

const sourceOptions = z
  .object({ anchorSource: z.enum(sourceNames), bridgeSource: z.enum(sourceNames) })
  .partial();

export function addRotationOptions(command: Command): Command {
  const withSources = addSourceOptions(addMethod(command));
  return addObjectOptions(addLimits(withSources)).addOption(reachOption());
}

/** For all that depends on where certificates come from. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--anchor-source <source>', 'who makes the next anchor: cert-manager or its owner')
        .choices(sourceNames)
        .default(defaultSources.anchor),
    )
    .addOption(
      new Option(
        '--bridge-source <source>',
        'who has the key of the anchor in use sign it: cert-manager or its owner',
      )
        .choices(sourceNames)
        .default(defaultSources.bridge),
    );
}

/** The sources in `base` but for those that a flag gives. */
export function sourcesOf(command: Command, base = defaultSources): Sources {
  const { anchorSource: anchor = base.anchor, bridgeSource: bridge = base.bridge } =
    sourceOptions.parse(givenOf(command));
  return { anchor, bridge };
}

function addMethod(command: Command): Command {
  return command
    .addOption(
      new Option('--method <method>', 'how trust is carried over')
        .choices(['auto', ...methods])
        .default('auto'),
    )
    .addOption(
      new Option('--pace <pace>', 'what restarts are for: stragglers, the bundle, everything')
        .choices(paces)
        .default('steady'),
    )
    .addOption(
      new Option(
        '--approve-automatically <approvals>',
        `approvals the rotation gives itself: ${approvalNames.join(',')} or all`,
      )
        .argParser(parseApprovals)
        .default([], 'none'),
    );
}

function addLimits(command: Command): Command {
  return command
    .option(
      '--wave-size <count>',
      'workloads restarted together',
      parseCount,
      defaultRestartLimits.waveSize,
    )
    .addOption(
      new Option(
        '--except <name=reason>',
        'leave a laggard or outsider out of every gate; repeatable',
      )
        .argParser(collectExceptions)
        .default([], 'none'),
    )
    .addOption(timingOption())
    .addOption(
      new Option(
        '--replaces <fingerprint>',
        'anchor to be replaced; if it is no longer in use, nothing is done',
      )
        .argParser(parseFingerprint)
        .default('', 'the one in use'),
    );
}

/** For all that surveys: in a test mesh everything is faster. */
export function timingOption(): Option {
  return new Option(
    '--timing <key=duration>',
    'change a timing, e.g. certificateAgeMs=2s; repeatable',
  )
    .argParser(collectTimings)
    .default({}, 'those for a production mesh');
}

export function reachOption(): Option {
  return new Option(
    '--reach <way>',
    'how proxies are reached (default: TRUST_ROTATION_REACH_PROXIES_BY, else port-forward outside of the cluster)',
  ).choices(['pod-ip', 'port-forward']);
}

/** What a command that looks at proxies was told. */
export function surveyOptionsOf(
  command: Command,
  env: NodeJS.ProcessEnv,
): { readonly timings: Timings; readonly reach: Reach } {
  const { timing, reach } = rotationOptions
    .pick({ timing: true, reach: true })
    .parse(command.opts());
  return { timings: { ...defaultTimings, ...timing }, reach: reach ?? defaultReach(env) };
}

export function rotationOptionsOf(command: Command): RotationOptions {
  return rotationOptions.parse(command.opts());
}

/** What the planner is asked with. */
export function questionOf(
  options: RotationOptions,
  whose: { readonly by: string; readonly objects: MeshObjects; readonly sources: Sources },
): PlanQuestion {
  const timings = { ...defaultTimings, ...options.timing };
  const exceptions: readonly Exception[] = options.except.map((one) => ({
    ...one,
    by: whose.by,
  }));
  return {
    method: options.method,
    pace: options.pace,
    restarts: { waveSize: options.waveSize },
    timings,
    exceptions,
    objects: whose.objects,
    sources: whose.sources,
    replaces: options.replaces,
  };
}

export function approvalsOf(options: RotationOptions): RotationRequest['approvals'] {
  const automatic = options.approveAutomatically.map((gate) => [gate, 'automatic'] as const);
  return { ...defaultApprovals, ...Object.fromEntries(automatic) };
}

/** @throws InvalidArgumentError, which commander words as a usage error; names the approvals there are */
export function parseApproval(text: string): ApprovalName {
  const gate = approvalNames.find((name) => name === text);
  if (gate !== undefined) return gate;
  throw new InvalidArgumentError(`The approvals are: ${approvalNames.join(', ')}.`);
}

function parseApprovals(text: string): readonly ApprovalName[] {
  return text === 'all' ? approvalNames : text.split(',').map((name) => parseApproval(name.trim()));
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

function collectExceptions(
  text: string,
  before: readonly Pick<Exception, 'name' | 'reason'>[],
): readonly Pick<Exception, 'name' | 'reason'>[] {
  const [name = '', ...rest] = text.split('=');
  const reason = rest.join('=').trim();
  if (name.trim() === '' || reason === '') {
    throw new InvalidArgumentError(
      "Write the name as the plan gives it, '=' and the reason: 'Deployment shop/legacy=is being removed'.",
    );
  }
  return [...before, { name: name.trim(), reason }];
}

function collectTimings(text: string, before: Partial<Timings>): Partial<Timings> {
  const [key = '', duration = ''] = text.split('=');
  if (!Object.hasOwn(defaultTimings, key)) {
    throw new InvalidArgumentError(`The timings are: ${Object.keys(defaultTimings).join(', ')}.`);
  }
  const ms = parseDuration(duration);
  const problem = timingProblem(key, ms);
  if (problem !== undefined) throw new InvalidArgumentError(`${key} ${problem}.`);
  return { ...before, [key]: ms };
}

const durationUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `2s`, `1.5h` as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  // Sound: the pattern lets no other unit through.
  const unit = match?.[2] as keyof typeof durationUnits | undefined;
  if (unit === undefined) {
    throw new InvalidArgumentError('Write a duration as 500ms, 2s, 10m, 1h or 14d.');
  }
  return Math.round(Number(match?.[1]) * durationUnits[unit]);
}

function parseFingerprint(text: string): string {
  const fingerprint = text.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(fingerprint)) return fingerprint;
  throw new InvalidArgumentError('Write the SHA-256 of the certificate: 64 hex digits.');
}
