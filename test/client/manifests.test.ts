import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { bundleAnswer } from '../../client/answers/manifest-answers.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { ownTargetRef } from '../../mesh/bundle-target.ts';
import { readBundle } from '../../mesh/bundle.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import type { ClusterOptions } from '../../simulator/cluster/cluster-options.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import { installTrustPki } from '../../simulator/guide/install-trust-pki.ts';
import { assertGolden } from '../support/golden-file.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Run } from './run-client.ts';
import { anAnswer, runClient } from './run-client.ts';
import { patienceMs } from '../support/patience.ts';

const { trustNamespace, linkerdNamespace, trustAnchor, identityIssuer } = documentedObjects;
const own = { ...documentedObjects, bundleOwnership: 'direct' } as const;
const resourceVersion = z
  .object({ metadata: z.object({ resourceVersion: z.string() }) })
  .transform(({ metadata }) => metadata.resourceVersion);
const secretData = z.object({ data: z.record(z.string(), z.string()) });
const anchorCertificate = {
  type: resources.certificates,
  namespace: trustNamespace,
  name: trustAnchor,
};

describe('the commands that set trust up', () => {
  let cluster: SimulatedCluster;
  let kube: Kube;
  let folder: string | undefined;
  let flags: readonly string[];

  beforeEach(() => restart());
  afterEach(stop);

  async function restart(options: ClusterOptions = {}): Promise<void> {
    await stop();
    cluster = await startCluster(options);
    const kubeConfigYaml = cluster.kubeConfigYaml();
    kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
    const file = path.join(folder, 'config');
    await writeFile(file, kubeConfigYaml);
    flags = ['--kubeconfig', file];
    await kube.create({ type: resources.namespaces, name: trustNamespace }, {});
  }

  async function stop(): Promise<void> {
    if (folder === undefined) return;
    await kube.close();
    await cluster.stop();
    await rm(folder, { recursive: true });
    folder = undefined;
  }

  const client = (...args: readonly string[]): Promise<Run> => runClient([...args, ...flags]);

  describe('linkerd-trust bootstrap', () => {
    it('renders the objects without asking any cluster', async () => {
      const run = await runClient(['bootstrap'], {
        connectors: { openCluster: () => Promise.reject(new Error('must not be asked')) },
      });

      assert.equal(run.code, ExitCode.ok);
      assert.equal(parseAllDocuments(run.stdout).length, 9);
      assert.match(run.stderr, /Next step: .*bootstrap --apply/);
      await assertGolden('test/client/golden/bootstrap.yaml', run.stdout);
    });

    it('leaves the Bundle out where rotations write the bundle', async () => {
      const run = await runClient(['bootstrap', '--bundle-ownership', 'direct']);

      assert.equal(parseAllDocuments(run.stdout).length, 8);
      assert.doesNotMatch(run.stdout, /kind: Bundle/);
      assert.match(
        run.stderr,
        /Next step: .*linkerd-trust bundle --bundle-ownership direct --apply/,
      );
    });

    it('leaves the anchor to its owner where that makes it', async () => {
      const run = await runClient(['bootstrap', '--anchor-source', 'imported']);

      assert.equal(parseAllDocuments(run.stdout).length, 7);
      assert.doesNotMatch(run.stdout, /root-issuer/);
      assert.match(run.stderr, /Next step: put .* into Secret cert-manager\/linkerd-trust-anchor/);
    });

    it('answers machines with a list by its schema', async () => {
      anAnswer('bootstrap', (await runClient(['bootstrap', '-o', 'json'])).stdout);
    });

    it('applies them in order, copies the anchor, and says what it did', async () => {
      const run = await client('bootstrap', '--apply');

      assert.equal(run.code, ExitCode.ok, run.stderr);
      assert.match(
        run.stdout,
        /copied Secret cert-manager\/linkerd-trust-anchor to linkerd-previous/,
      );
      await waitFor(async () => (await readBundle(kube, documentedObjects)).targets.length === 1, {
        what: 'the bundle to be distributed',
      });
    });

    it('can be applied again, and changes nothing', async () => {
      await client('bootstrap', '--apply');
      const before = await kube.get(anchorCertificate, resourceVersion);
      const run = await client('bootstrap', '--apply', '-o', 'json');

      assert.equal(run.code, ExitCode.ok, run.stderr);
      assert.doesNotMatch(run.stdout, /copied/);
      anAnswer('bootstrap', run.stdout);
      assert.equal(await kube.get(anchorCertificate, resourceVersion), before);
    });

    it('makes do with a cert-manager that cannot switch renewal off, and says so', async () => {
      await restart({ certManager: { renewalField: false } });
      const run = await client('bootstrap', '--apply');
      const again = await client('bootstrap', '--apply');

      assert.equal(run.code, ExitCode.ok, run.stderr);
      assert.match(
        run.stdout,
        /cannot switch the anchor's renewal off: .* 1440h0m0s before its end/,
      );
      assert.equal(again.code, ExitCode.ok, again.stderr);
    });

    it('refuses to change a set-up that is there and different', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      const before = await kube.get(anchorCertificate, resourceVersion);
      const run = await client('bootstrap', '--apply', '--anchor-duration', '43800h');

      assert.equal(run.code, ExitCode.cluster);
      assert.match(run.stderr, /Certificate cert-manager\/linkerd-trust-anchor exists with other/);
      assert.equal(await kube.get(anchorCertificate, resourceVersion), before);
    });

    it('refuses a Bundle that would take private keys', async () => {
      const run = await client('bootstrap', '--bundle-source-key', 'tls.key');

      assert.equal(run.code, ExitCode.usage);
      assert.match(run.stderr, /Allowed choices are tls\.crt, ca\.crt/);
    });

    it('refuses a duration that Kubernetes would not parse', async () => {
      const run = await client('bootstrap', '--issuer-duration', '2 days');

      assert.equal(run.code, ExitCode.usage);
      assert.match(run.stderr, /8760h, 48h0m0s/);
    });
  });

  describe('linkerd-trust bundle', () => {
    it('renders the ConfigMap that trust-manager will write, to the byte', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      const run = await client('bundle');

      assert.equal(run.code, ExitCode.ok, run.stderr);
      assert.equal(run.stderr, '');
      const [target] = (await readBundle(kube, documentedObjects)).targets;
      const { metadata, data } = bundleAnswer.parse(parse(run.stdout));
      assert.deepEqual(metadata, { name: documentedObjects.bundle, namespace: linkerdNamespace });
      assert.equal(data[documentedObjects.bundleKey], target?.pem);
      anAnswer('bundle', (await client('bundle', '--output', 'json')).stdout);
      // Certificates differ each time, and not only in their text: a signature may be a byte shorter.
      const shape = run.stdout.replaceAll(/(^ +[\w+/=]{4,}\n)+/gm, '    (base64)\n');
      await assertGolden('test/client/golden/bundle.yaml', shape);
    });

    it('is not written where trust-manager writes it', async () => {
      const run = await client('bundle', '--apply');

      assert.equal(run.code, ExitCode.usage);
      assert.match(run.stderr, /trust-manager writes it, .*\nNext step: leave --apply out/);
    });

    it('is written where rotations write it, and taken over from whoever did', async () => {
      const apply = ['bundle', '--bundle-ownership', 'direct', '--apply'];
      assert.equal((await client('bootstrap', '--apply', ...apply.slice(1, 3))).code, ExitCode.ok);
      const made = await client(...apply);
      assert.equal(made.code, ExitCode.ok, made.stderr);
      assert.match(made.stdout, /^ConfigMap linkerd\/linkerd-identity-trust-roots: made from/);
      const [target] = (await readBundle(kube, own)).targets;
      assert.ok(target?.canonical);

      await kube.patch(
        ownTargetRef(own),
        { data: { [own.bundleKey]: `${target.pem}\n` } },
        'merge',
        { fieldManager: 'kubectl-edit' },
      );
      const taken = await client(...apply, '-o', 'json');
      assert.match(taken.stdout, /taken over with the anchors that it holds/);
      anAnswer('bundle', taken.stdout);
      assert.match((await client(...apply)).stdout, /rotations write it already/);
    });

    it('is not taken from a Bundle', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      const run = await client('bundle', '--bundle-ownership', 'direct', '--apply');

      assert.equal(run.code, ExitCode.cluster);
      assert.match(run.stderr, /Bundle linkerd-identity-trust-roots holds ConfigMap .*nothing was/);
      assert.match(run.stderr, /Next step: leave the bundle to trust-manager/);
    });

    it('says what is missing where cert-manager has issued nothing', async () => {
      const run = await client('bundle');

      assert.equal(run.code, ExitCode.cluster);
      assert.match(run.stderr, /Could not observe Secret cert-manager\/linkerd-trust-anchor/);
      assert.equal(run.stdout, '');
    });

    it('waits for the Certificates if asked, and no longer than asked', async () => {
      const waiting = client('bundle', '--wait', '20s');
      const late = await client('bundle', '--wait', '300ms');
      await installTrustPki(cluster.kubeConfigYaml());

      assert.equal(late.code, ExitCode.cluster);
      assert.match(
        late.stderr,
        /Certificate cert-manager\/linkerd-trust-anchor does not exist yet/,
      );
      assert.equal((await waiting).code, ExitCode.ok);
    });

    it('refuses a bundle under which the identity issuer does not verify', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      const secret = { type: resources.secrets, namespace: trustNamespace, name: trustAnchor };
      const previous = { ...secret, name: documentedObjects.previousAnchor };
      cluster.certManager.pause();
      await kube.delete(secret);
      await kube.delete(previous);
      const other = await startCluster();
      await installTrustPki(other.kubeConfigYaml());
      const foreign = await connectCluster({
        kubeConfigYaml: other.kubeConfigYaml(),
        requestTimeoutMs: patienceMs,
      });
      const pair = await foreign.get(secret, secretData);
      await foreign.close();
      await other.stop();
      await kube.create(secret, { type: 'kubernetes.io/tls', data: { ...pair?.data } });

      const run = await client('bundle');

      assert.equal(run.code, ExitCode.cluster);
      assert.match(run.stderr, /does not verify under it, so linkerd-identity would exit/);
      assert.match(run.stderr, /Next step: renew the identity issuer/);
      assert.equal(run.stdout, '');
    });

    it('refuses an anchor that is no CA', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      await kube.patch(anchorCertificate, { spec: { isCA: false } }, 'merge');
      await waitFor(async () => (await client('bundle')).code === ExitCode.cluster, {
        what: 'cert-manager to issue an anchor that is no CA',
      });

      assert.match((await client('bundle')).stderr, /is no CA/);
    });

    it('makes do without the identity issuer, and says so', async () => {
      await installTrustPki(cluster.kubeConfigYaml());
      cluster.certManager.pause();
      await kube.delete({
        type: resources.secrets,
        namespace: linkerdNamespace,
        name: identityIssuer,
      });
      const run = await client('bundle');

      assert.equal(run.code, ExitCode.ok);
      assert.match(run.stderr, /^Note: .*was not compared with the identity issuer\.$/m);
    });
  });
});
