import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inspectAnswer } from '../../client/answers/inspect-answer.ts';
import { planResult } from '../../client/answers/plan-answer.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { readBundle } from '../../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { resourceRef } from '../../mesh/resource/resource-ref.ts';
import { ResourceInUse } from '../acceptance/support/rotation-resource.ts';
import type { ObservedMesh } from '../mesh/observation/observed-mesh.ts';
import { startObservedMesh } from '../mesh/observation/observed-mesh.ts';
import { waitFor } from '../support/wait-for.ts';
import { patienceMs } from '../support/patience.ts';

const run = promisify(execFile);

/** As Go's `encoding/json` fills the structs of linkerd2 `pkg/healthcheck`. */
const metadata = z.object({ name: z.string(), checks: z.string().optional() });
const answer = z.object({
  success: z.boolean(),
  categories: z.array(
    z.object({
      categoryName: z.string(),
      checks: z.array(
        z.object({
          description: z.string(),
          hint: z.string().optional(),
          error: z.string().optional(),
          result: z.enum(['success', 'warning', 'error']),
        }),
      ),
    }),
  ),
});

interface Row {
  readonly category: string;
  readonly mark: '√' | '‼' | '×';
  readonly description: string;
  readonly error: string;
}

/** A check is well unless it has an error text, whatever its result says (`check_extensions.go`). */
function rowsOf(stdout: string): readonly Row[] {
  return answer.parse(JSON.parse(stdout)).categories.flatMap(({ categoryName, checks }) =>
    checks.map(({ description, error = '', result }) => ({
      category: categoryName,
      mark: error === '' ? '√' : result === 'warning' ? '‼' : '×',
      description,
      error,
    })),
  );
}

describe('linkerd-trust as linkerd check calls it', () => {
  let mesh: ObservedMesh;
  let folder: string;
  let program: string;
  let kubeconfig: string;

  before(async () => {
    mesh = await startObservedMesh();
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
    program = path.join(folder, 'linkerd-trust');
    kubeconfig = path.join(folder, 'config');
    await symlink(path.resolve('client/linkerd-trust'), program);
    await writeFile(kubeconfig, mesh.kubeConfigYaml);
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await mesh.stop();
  });

  /** The arguments and their order are those of linkerd edge-26.8.3. */
  async function replay(more: readonly string[] = []): Promise<readonly Row[]> {
    const args = [
      'check',
      '--as-group=[]',
      `--kubeconfig=${kubeconfig}`,
      '--linkerd-namespace=linkerd',
      '--verbose=false',
      '--proxy=false',
      '--wait=5s',
      '--output=json',
      ...more,
    ];
    // The caller ignores the exit code; what is on stderr it shows only where stdout is no JSON.
    const { stdout } = await run(program, args, { env: environment() }).catch((error: unknown) =>
      z.object({ stdout: z.string() }).parse(error),
    );
    return rowsOf(stdout);
  }

  function environment(): NodeJS.ProcessEnv {
    const nodeFolder = path.dirname(process.execPath);
    return {
      PATH: `${nodeFolder}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      TRUST_ROTATION_REACH_PROXIES_BY: 'pod-ip',
    };
  }

  async function inspect(more: readonly string[] = []): Promise<z.infer<typeof inspectAnswer>> {
    const args = ['inspect', '--kubeconfig', kubeconfig, '-o', 'json', '--timing', 'settleMs=0s'];
    const { stdout } = await run(program, [...args, ...more], { env: environment() });
    return inspectAnswer.parse(JSON.parse(stdout));
  }

  it('is found: its metadata bear the name of its file', async () => {
    const { stdout, stderr } = await run(program, ['_extension-metadata'], { env: environment() });
    const { name, checks } = metadata.parse(JSON.parse(stdout));

    assert.equal(name.toLowerCase(), path.basename(program).toLowerCase());
    assert.equal(checks, 'always');
    assert.equal(stderr, '');
  });

  it('answers with rows that linkerd can print, and finds the set-up of the guide sound', async () => {
    const rows = await replay();

    const wrong = rows.filter(({ mark }) => mark === '×');
    assert.deepEqual(wrong, []);
    // The dangers in the guide's own set-up are told: a renewal unseen, and a copy made by kubectl apply.
    assert.deepEqual(
      rows.filter(({ mark }) => mark === '‼').map(({ description }) => description),
      [
        'the trust anchor does not renew itself unseen',
        'no Secret keeps a private key in an annotation',
        'all of 9 live proxies hold the bundle as it is',
      ],
    );
    assert.equal(new Set(rows.map(({ category }) => category)).size, 7);
  });

  it('shows a mistake in the objects as an error with what to do', async () => {
    const { kube } = mesh;
    const ref = {
      type: resources.certificates,
      namespace: documentedObjects.trustNamespace,
      name: documentedObjects.trustAnchor,
    };
    const policy = (rotationPolicy: string) => ({ spec: { privateKey: { rotationPolicy } } });
    await kube.patch(ref, policy('Never'), 'merge');
    const rows = await replay();
    await kube.patch(ref, policy('Always'), 'merge');

    const row = rows.find(({ description }) => description === 'a renewal makes a new key');
    assert.equal(row?.mark, '×');
    assert.match(
      row.error,
      /rotationPolicy: Always on Certificate cert-manager\/linkerd-trust-anch/,
    );
  });

  it('goes on to linkerd trust inspect: nothing is behind in a mesh at rest', async () => {
    const { proxies, replicas, convergence, chain } = await inspect();

    assert.deepEqual([...replicas, ...proxies], []);
    assert.equal(convergence.bundle.total, 9);
    assert.deepEqual(
      chain.map(({ object, letter }) => [object, letter]),
      [
        ['Secret cert-manager/linkerd-trust-anchor', 'A'],
        ['Secret cert-manager/linkerd-previous-anchor', 'A'],
        ['Secret linkerd/linkerd-identity-issuer', undefined],
      ],
    );
  });

  it('plans in the form that is published', async () => {
    const args = ['plan', '--kubeconfig', kubeconfig, '-o', 'json'];
    const { stdout } = await run(program, args, { env: environment() });

    assert.equal(planResult.parse(JSON.parse(stdout)).plan.proxies, 9);
  });

  it('inspects who is behind a new anchor, and checks what that leads to', async () => {
    const { kube } = mesh;
    const ref = certificateRef(documentedObjects.trustNamespace, documentedObjects.trustAnchor);
    const wait = { deadlineMs: Date.now() + patienceMs };
    const since = await markBeforeRenewal(kube, ref);
    const { certificate } = await renewCertificate(kube, ref, { ...wait, since, token: 'test' });
    await waitFor(
      async () =>
        (await readBundle(kube, documentedObjects)).targets[0]?.fingerprints.includes(
          certificate.fingerprint,
        ),
      {
        what: 'the bundle to hold the new anchor',
      },
    );

    const { proxies, position, chain } = await inspect(['-n', 'shop']);
    assert.equal(position.kind === 'in-phase' && position.phase, 'PinningSigner');
    assert.ok(proxies.length > 0);
    for (const lag of proxies) {
      assert.match(lag.reason, /holds A, the bundle is A,B/);
      assert.match(lag.remedy, /^restart (Deployment|StatefulSet) shop\//);
    }
    assert.equal(
      chain.find(({ letter }) => letter === 'B')?.object,
      'Secret cert-manager/linkerd-trust-anchor',
    );
    const danger = (await replay()).find(({ description }) => /next automatic/.test(description));
    assert.equal(danger?.mark, '×');
    assert.match(danger.error, /start linkerd-trust rotate now/);
  });

  it('looks at the mesh as its owner has set it up in the TrustAnchorRotation', async () => {
    const resource = new ResourceInUse(mesh.kube);
    await resource.installDefinition();
    await resource.create({
      bundle: { ownership: 'Direct' },
      objects: { identityIssuer: 'issuer-of-the-owner' },
    });
    const rows = await replay();
    await mesh.kube.delete(resourceRef);

    assert.ok(rows.some(({ description }) => /^trust-manager is .*\(skipped/.test(description)));
    assert.ok(rows.some(({ error }) => error.includes('linkerd/issuer-of-the-owner')));
  });

  it('acts as somebody else where linkerd was told to', async () => {
    const rows = await replay(['--as=somebody']);

    assert.ok(rows.some(({ description }) => description === 'the mesh can be observed'));
  });
});
