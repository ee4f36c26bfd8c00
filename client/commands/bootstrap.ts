import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { MeshObjects } from '../../domain/objects.ts';
import { writesBundle } from '../../domain/objects.ts';
import type { PkiSettings } from '../../domain/pki-objects.ts';
import { bundleSourceKeys, pkiObjects, safeSettings } from '../../domain/pki-objects.ts';
import { parseGoDuration } from '../../domain/go-duration.ts';
import { sourceNames } from '../../domain/sources.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { looking } from '../looking.ts';
import { manifestOf } from '../manifest.ts';
import { addObjectOptions, objectsOf } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { print } from '../print.ts';
import { parseDuration } from '../rotation-options.ts';
import { withCluster } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const documentedTrustDomain = 'cluster.local';
const defaults = safeSettings(documentedTrustDomain);
const defaultWaitMs = 120_000;
const ownBundle = 'run linkerd-trust bundle --bundle-ownership direct --apply';

const bootstrapOptions = z.object({
  trustDomain: z.string(),
  anchorSource: z.enum(sourceNames),
  trustRootIssuer: z.string(),
  anchorDuration: z.string(),
  anchorRenewBefore: z.string(),
  anchorRenewal: z.enum(['disabled', 'automatic']),
  issuerDuration: z.string(),
  issuerRenewBefore: z.string(),
  bundleSourceKey: z.enum(bundleSourceKeys),
  apply: z.boolean().default(false),
  wait: z.number(),
});

export const bootstrapCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'bootstrap',
    "render, or apply, the anchor, issuer and Bundle of Linkerd's guide",
    [
      'linkerd-trust bootstrap > pki.yaml',
      'linkerd-trust bootstrap --apply --anchor-duration 43800h',
    ],
  );
  return addSettings(addObjectOptions(command))
    .option('--apply', 'apply them, wait for cert-manager, and copy the anchor for the Bundle')
    .option(
      '--wait <duration>',
      'how long to wait for each Certificate',
      parseDuration,
      defaultWaitMs,
    )
    .action(async (_: unknown, self: Command) => {
      const { apply } = bootstrapOptions.parse(self.opts());
      done(await (apply ? install(context, self) : render(context, self)));
    });
};

function addSettings(command: Command): Command {
  const duration = (flag: string, description: string, value: string): Option =>
    new Option(`${flag} <duration>`, description).argParser(parseGo).default(value);
  return command
    .option('--trust-domain <name>', 'last part of every identity', documentedTrustDomain)
    .addOption(
      new Option(
        '--anchor-source <source>',
        'who makes the anchor: cert-manager or its owner, who has put it into its Secret',
      )
        .choices(sourceNames)
        .default(defaults.anchorSource),
    )
    .option(
      '--trust-root-issuer <name>',
      'self-signed Issuer of the anchor',
      defaults.trustRootIssuer,
    )
    .addOption(duration('--anchor-duration', 'life of the anchor', defaults.anchorDuration))
    .addOption(
      duration(
        '--anchor-renew-before',
        'before its end, where cert-manager cannot switch renewal off',
        defaults.anchorRenewBefore,
      ),
    )
    .addOption(
      new Option('--anchor-renewal <mode>', 'whether cert-manager renews the anchor by itself')
        .choices(['disabled', 'automatic'])
        .default('disabled'),
    )
    .addOption(duration('--issuer-duration', 'life of an issuer', defaults.issuerDuration))
    .addOption(
      duration('--issuer-renew-before', 'how long before its end', defaults.issuerRenewBefore),
    )
    .addOption(
      new Option(
        '--bundle-source-key <key>',
        "what the Bundle takes from the anchors' Secrets: ca.crt where an intermediate CA signs",
      )
        .choices(bundleSourceKeys)
        .default(defaults.bundleSourceKey),
    );
}

function settingsOf(self: Command): PkiSettings {
  const { trustDomain, anchorRenewal, ...same } = bootstrapOptions
    .omit({ apply: true, wait: true })
    .parse(self.opts());
  return {
    ...safeSettings(trustDomain),
    ...same,
    anchorRenewal: anchorRenewal === 'disabled' ? 'Disabled' : 'Automatic',
  };
}

/** Needs no cluster. */
async function render(context: CommandContext, self: Command): Promise<ExitCode> {
  const objects = objectsOf(self);
  const settings = settingsOf(self);
  const items = pkiObjects(objects, settings);
  const list = { apiVersion: 'v1', kind: 'List', items };
  print(context, globalOptionsOf(self), { json: list, text: () => manifestOf(items) });
  context.stderr.write(`${whatIsLeft(objects, settings).join('\n')}\n`);
  return Promise.resolve(ExitCode.ok);
}

/** What no manifest can hold: an anchor from elsewhere, and a copy of what will be in the anchor's Secret. */
function whatIsLeft(objects: MeshObjects, { anchorSource }: PkiSettings): string[] {
  const { trustNamespace, trustAnchor, previousAnchor } = objects;
  const anchor = `put the anchor, with itself as ca.crt, into Secret ${trustNamespace}/${trustAnchor}; `;
  const apply = `Next step: ${anchorSource === 'imported' ? anchor : ''}apply these objects`;
  if (writesBundle(objects)) return [`${apply}; then ${ownBundle}.`];
  return [
    `Note: the Bundle distributes nothing before Secret ${trustNamespace}/${previousAnchor} exists, a copy of ${trustAnchor}.`,
    `${apply}; then run linkerd-trust bootstrap --apply with the same flags, which makes the copy and leaves the rest as it is.`,
  ];
}

async function install(context: CommandContext, self: Command): Promise<ExitCode> {
  const options = globalOptionsOf(self);
  const { wait } = bootstrapOptions.parse(self.opts());
  const question = { objects: objectsOf(self), settings: settingsOf(self) };
  return withCluster(context, options, async ({ kube, name }) => {
    const done = await looking(
      context,
      `install the trust set-up in ${name}`,
      async (onProgress) => {
        const { installPki } = await import('../../mesh/install-pki.ts');
        const deadlineMs = Date.now() + wait;
        return installPki(kube, question, { deadlineMs, signal: context.interrupted, onProgress });
      },
      'what had been applied stays',
    );
    const bundle = writesBundle(question.objects) ? `${ownBundle}, then ` : '';
    const nextStep = `Next step: ${bundle}install Linkerd with identity.externalCA=true, then linkerd-trust check.`;
    print(context, options, { json: { done }, text: () => [...done, nextStep] });
    return ExitCode.ok;
  });
}

function parseGo(text: string): string {
  if (parseGoDuration(text) !== undefined) return text;
  throw new InvalidArgumentError('Write a duration as Kubernetes does: 8760h, 48h0m0s.');
}
