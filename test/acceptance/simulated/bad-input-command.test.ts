import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { ExitCode } from '../../../client/exit-codes.ts';
import { freePorts } from '../../../worker/free-ports.ts';
import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { temporalServer } from '../../support/temporal.ts';
import type { CommandBench } from '../support/command-bench.ts';
import { assertClear, createCommandBench, messageOf } from '../support/command-bench.ts';
import { runCommand } from '../support/command-line.ts';

/** How long a person may be made to wait for the news that something is not there. */
const patienceMs = 20_000;

describe('a command line that cannot be carried out', () => {
  let bench: CommandBench;

  before(async () => {
    const cluster = await startCluster();
    bench = await createCommandBench(cluster);
    await installTrustPki(cluster.kubeConfigYaml());
    cluster.certManager.pause();
    cluster.trustManager.pause();
  });
  after(async () => {
    await bench.cluster.stop();
    await bench.removeFiles();
  });

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['rotat'], /unknown command 'rotat'\n\(Did you mean rotate\?\)/],
    ['a wrong flag', ['plan', '--pase', 'urgent'], /unknown option '--pase'\n.*--pace/],
    ['a gate that does not exist', ['approve', 'restart'], /'restart' is invalid.*switch-issuer, /],
    ['an approval without a gate', ['approve'], /missing required argument 'approval'/],
    ['an approval of nobody', ['approve', 'switch-issuer', '--by', ' '], /--by is empty/],
    ['nobody to ask', ['rotate'], /there is no terminal to ask on\.\nNext step: .*--yes\./],
  ];
  for (const [name, args, expected] of mistakes) {
    it(`is refused for ${name}`, async () => {
      const run = await bench.refused(args);

      assert.equal(run.code, ExitCode.usage);
      assert.match(run.stderr, expected);
      assert.equal(run.stdout, '');
    });
  }

  it('names the kubeconfig that does not exist', async () => {
    const run = await runCommand(['plan', '--kubeconfig', '/nonexistent/config']);

    assertClear(run);
    assert.equal(run.code, ExitCode.cluster);
    assert.match(messageOf(run), /The kubeconfig \/nonexistent\/config does not exist\./);
  });

  it('names the contexts that exist', async () => {
    const run = await bench.refused(['plan', '--context', 'production']);

    assert.equal(run.code, ExitCode.cluster);
    assert.match(messageOf(run), /Context "production" is not in .*\. It has: simulated\./);
  });

  it('says which API server is down', async () => {
    const [port = 0] = await freePorts(1);
    const server = `https://127.0.0.1:${String(port)}`;
    const file = await bench.kubeconfig('nobody-home');
    await writeFile(file, bench.cluster.kubeConfigYaml().replace(bench.cluster.url, server));
    const run = await runCommand(['plan', '--kubeconfig', file]);

    assertClear(run);
    assert.equal(run.code, ExitCode.cluster);
    assert.match(
      messageOf(run),
      new RegExp(`Could not read Namespace kube-system: ${server} gave no answer .*ECONNREFUSED`),
    );
  });

  describe('because Temporal or a worker is not there', () => {
    let address: string;
    /** What the same command takes where all is well: a busy machine is no fault of the client. */
    let usualMs: number;

    before(async () => {
      ({ address } = await temporalServer());
      const run = await bench.run(['status', '--temporal-address', address]);
      assert.equal(run.code, ExitCode.ok, run.stderr);
      usualMs = run.elapsedMs;
    });

    it('names the address where nothing listens', async () => {
      const [port = 0] = await freePorts(1);
      const nobody = `127.0.0.1:${String(port)}`;

      const run = await bench.refused(['rotate', '--yes', '--temporal-address', nobody]);

      assert.equal(run.code, ExitCode.temporal);
      assert.match(messageOf(run), new RegExp(`Could not reach Temporal at ${nobody}: .*`));
      assert.match(run.stderr, /Next step: start a Temporal server .*TEMPORAL_ADDRESS/);
      assert.ok(run.elapsedMs - usualMs < patienceMs, `after ${String(run.elapsedMs)} ms`);
    });

    it('gives up on a server that accepts and says nothing', async () => {
      const mute = createServer(() => undefined);
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      // Sound: a TCP server that listens has an address of this form.
      const { port } = mute.address() as AddressInfo;
      try {
        const env = { TEMPORAL_ADDRESS: `127.0.0.1:${String(port)}` };
        const run = await bench.refused(['rotate', '--yes'], { env });

        assert.equal(run.code, ExitCode.temporal);
        assert.match(messageOf(run), new RegExp(`Could not reach Temporal at 127.0.0.1:${port}: `));
        assert.ok(run.elapsedMs - usualMs < patienceMs, `after ${String(run.elapsedMs)} ms`);
      } finally {
        mute.close();
      }
    });

    it('says that no worker serves the cluster, before it surveys anything', async () => {
      const run = await bench.refused(['rotate', '--yes', '--temporal-address', address]);

      assert.equal(run.code, ExitCode.temporal);
      assert.match(
        messageOf(run),
        /Could not find the worker of this cluster: nothing polls task /,
      );
      assert.match(run.stderr, /Next step: start the worker .*npm run worker/);
      assert.ok(run.elapsedMs - usualMs < patienceMs, `after ${String(run.elapsedMs)} ms`);
    });

    it('names the namespace that does not exist', async () => {
      const flags = ['--temporal-address', address, '--temporal-namespace', 'nowhere'];
      const run = await bench.refused(['status', ...flags]);

      assert.equal(run.code, ExitCode.temporal);
      assert.match(messageOf(run), /Could not open namespace nowhere of Temporal at .*not found/i);
      assert.match(run.stderr, /temporal operator namespace create nowhere/);
    });
  });
});
