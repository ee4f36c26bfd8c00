import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExitCode } from '../../client/exit-codes.ts';
import { freePorts } from '../../worker/free-ports.ts';
import type { ApiFake } from '../fakes/api-fake.ts';
import { denyEverything, startApiFake } from '../fakes/api-fake.ts';
import type { Run } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

const aCluster = { connectors: { openCluster: clusterNamed('uid-1') } };
const commands = [
  'bootstrap',
  'bundle',
  'check',
  'inspect',
  'history',
  'renew-issuer',
  'plan',
  'rotate',
  'status',
  'watch',
  'approve',
  'bridge-request',
  'import-bridge',
  'pause',
  'resume',
  'except',
  'abort',
];

function assertClear({ stderr }: Run): void {
  assert.doesNotMatch(stderr, /^\s+at |\[object|node:internal/m);
}

describe('the command line', () => {
  it('shows every command, the exit codes and an example in its help', async () => {
    const { code, stdout } = await runClient(['--help']);

    assert.equal(code, ExitCode.ok);
    for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
    assert.match(stdout, /Exit codes:\n {4}0 {2}done as asked/);
    assert.match(stdout, /130 {2}interrupted/);
  });

  for (const command of commands) {
    it(`has an example and the global flags in the help of ${command}`, async () => {
      const { code, stdout } = await runClient([command, '--help']);

      assert.equal(code, ExitCode.ok);
      assert.match(stdout, new RegExp(`Examples:\n {2}linkerd-trust ${command}`));
      assert.match(stdout, /--temporal-address/);
    });
  }

  /** linkerd2 `EXTENSIONS.md`. */
  const extensionFlags = [
    ...['--api-addr=a:1', '--context=c', '--as=ada', '--as-group=[]', '--kubeconfig=k'],
    ...['--linkerd-namespace=linkerd', '-L', 'linkerd', '--verbose=false', '--verbose'],
  ];
  const needed: Readonly<Record<string, readonly string[]>> = {
    approve: ['switch-issuer'],
    except: ['pod shop/a', '--reason', 'r'],
    'import-bridge': ['--cert', 'bridge.crt'],
  };
  for (const command of commands) {
    it(`takes the flags that an extension of linkerd has to take, for ${command}`, async () => {
      const args = [command, ...(needed[command] ?? []), ...extensionFlags];

      const { stderr } = await runClient(args, {
        connectors: { openCluster: () => Promise.reject(new Error('flags were taken')) },
      });

      assert.doesNotMatch(stderr, /^error: /m);
    });
  }

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['stauts'], /unknown command 'stauts'\n\(Did you mean status\?\)/],
    ['an unknown flag', ['plan', '--pase', 'steady'], /unknown option '--pase'\n.*--pace/],
    ['a wrong approval', ['approve', 'go'], /The approvals are: switch-issuer, retire-anchor/],
    ['a missing approval', ['approve'], /missing required argument 'approval'/],
    ['an exception without a reason', ['except', 'pod shop/a'], /--reason/],
    ['a wrong pace', ['plan', '--pace', 'fast'], /Allowed choices are natural, steady, urgent/],
    ['an unknown timing', ['plan', '--timing', 'x=2s'], /The timings are: pollMs, settleMs/],
    ['a timing without a unit', ['plan', '--timing', 'pollMs=2'], /500ms, 2s, 10m/],
    ['a wait without a pause', ['plan', '--timing', 'pollMs=0s'], /pollMs must be at least 1ms/],
    ['a wave of nobody', ['plan', '--wave-size', '0'], /whole number above 0/],
    ['an unknown approval', ['plan', '--approve-automatically', 'x'], /The approvals are/],
    ['half an exception', ['plan', '--except', 'pod shop/a'], /'=' and the reason/],
    ['a short fingerprint', ['plan', '--replaces', 'abcd'], /64 hex digits/],
    ['no command', [], /Usage: linkerd-trust/],
  ];
  for (const [name, args, expected] of mistakes) {
    it(`explains ${name}`, async () => {
      const run = await runClient(args, aCluster);

      assert.equal(run.code, ExitCode.usage);
      assert.match(run.stderr, expected);
      assertClear(run);
    });
  }

  for (const args of [['approve', 'switch-issuer'], ['abort'], ['rotate', '--yes']]) {
    it(`refuses ${args.join(' ')} of a person without a name`, async () => {
      const unknown = await runClient(args, { ...aCluster, userName: undefined });
      const blank = await runClient([...args, '--by', ' '], aCluster);

      assert.equal(unknown.code, ExitCode.usage);
      assert.match(unknown.stderr, /Could not say who asks .*\nNext step: .*--by NAME/);
      assert.equal(blank.code, ExitCode.usage);
    });
  }

  it('refuses to rotate without a terminal to ask on', async () => {
    const run = await runClient(['rotate'], aCluster);

    assert.equal(run.code, ExitCode.usage);
    assert.match(run.stderr, /no terminal to ask on\.\nNext step: .*--yes/);
  });

  it('shows a stack only when asked to debug', async () => {
    const connectors = {
      openCluster: () => Promise.reject(new TypeError('x is not a function')),
    };

    const plain = await runClient(['plan'], { connectors });
    const debug = await runClient(['plan'], { connectors, env: { LINKERD_TRUST_DEBUG: '1' } });

    assert.equal(plain.code, ExitCode.unexpected);
    assert.match(plain.stderr, /^Unexpected error: x is not a function\.\nNext step: .*DEBUG=1/);
    assertClear(plain);
    assert.match(debug.stderr, /TypeError: x is not a function\n {4}at /);
  });
});

describe('linkerd-trust import-bridge', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('sends no private key anywhere, and says so', async () => {
    const file = path.join(folder, 'bridge.pem');
    await writeFile(file, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');

    const run = await runClient(['import-bridge', '--cert', file], aCluster);

    assert.equal(run.code, ExitCode.refused);
    assert.match(
      run.stderr,
      /it holds a private key\.\nNext step: give a file with the certificate/,
    );
    assertClear(run);
  });

  it('names a file that cannot be read', async () => {
    const run = await runClient(['import-bridge', '--cert', path.join(folder, 'none')], aCluster);

    assert.equal(run.code, ExitCode.usage);
    assert.match(run.stderr, /ENOENT/);
  });
});

describe('a cluster that cannot be used', () => {
  let api: ApiFake;
  let folder: string;
  let kubeconfig: string;

  before(async () => {
    api = await startApiFake();
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
    kubeconfig = path.join(folder, 'config');
    await writeFile(kubeconfig, api.kubeConfigYaml);
  });

  after(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  it('lists the contexts when the named one does not exist', async () => {
    const run = await runClient(['plan', '--kubeconfig', kubeconfig, '--context', 'prod']);

    assert.equal(run.code, ExitCode.cluster);
    assert.match(run.stderr, /Context "prod" is not in .* It has: fake\.\nNext step: .*--context/);
    assertClear(run);
  });

  it('names the missing right as verb and object', async () => {
    api.script(denyEverything);

    const run = await runClient(['plan', '--kubeconfig', kubeconfig]);

    assert.equal(run.code, ExitCode.cluster);
    assert.match(run.stderr, /Could not read Namespace kube-system: .*403/);
    assert.match(
      run.stderr,
      /\nNext step: grant the right to get namespaces .*to tell clusters apart/,
    );
    assertClear(run);
  });

  it('says which server did not answer', async () => {
    const [port = 0] = await freePorts(1);
    const file = path.join(folder, 'gone');
    const server = `https://127.0.0.1:${String(port)}`;
    await writeFile(file, api.kubeConfigYaml.replace(api.url, server));

    const run = await runClient(['plan', '--kubeconfig', file, '--output', 'json']);

    assert.equal(run.code, ExitCode.cluster);
    anAnswer('error', run.stderr);
    const { error } = JSON.parse(run.stderr) as { error: { exitCode: number; message: string } };
    assert.equal(error.exitCode, ExitCode.cluster);
    assert.match(error.message, new RegExp(`${server} gave no answer .*ECONNREFUSED.*Next step:`));
  });
});

describe('a Temporal server that cannot be used', () => {
  it('is looked for where TEMPORAL_ADDRESS says, and reported in seconds', async () => {
    const [port = 0] = await freePorts(1);
    const address = `127.0.0.1:${String(port)}`;
    const started = performance.now();

    const run = await runClient(['status'], { ...aCluster, env: { TEMPORAL_ADDRESS: address } });

    // gRPC itself would try on for minutes.
    assert.ok(performance.now() - started < 30_000);
    assert.equal(run.code, ExitCode.temporal);
    assert.match(run.stderr, new RegExp(`Could not reach Temporal at ${address}`));
    assert.match(run.stderr, /temporal server start-dev.*--temporal-address or TEMPORAL_ADDRESS/);
    assertClear(run);
  });
});
