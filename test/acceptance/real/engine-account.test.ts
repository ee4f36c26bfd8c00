import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { ForbiddenError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { componentsBinary } from '../../real-cluster/components-binary.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { EmptyCluster } from '../support/empty-cluster.ts';
import { startEmptyCluster } from '../support/empty-cluster.ts';
import { engineUser } from '../support/engine-account.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';
import { patienceMs } from '../../support/patience.ts';

const run = promisify(execFile);
const question = { verb: 'get', group: '', resource: 'namespaces' } as const;
const whoAmI = z.object({
  status: z.object({
    userInfo: z.object({ username: z.string(), groups: z.array(z.string()) }),
  }),
});
const withTokenFile = z.object({
  users: z.tuple([z.object({ user: z.object({ tokenFile: z.string() }) })]),
});

describe('the engine on a real API server', () => {
  requireRealCluster();
  let cluster: EmptyCluster | undefined;
  let kubeConfigYaml: string;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'engine-account-'));
    cluster = await startEmptyCluster();
    kubeConfigYaml = await cluster.workerKubeConfigYaml();
  });
  after(async () => {
    if (cluster === undefined) return;
    await cluster.stop();
    await rm(folder, { recursive: true });
  });

  it('is a ServiceAccount, with the groups of one', async () => {
    const KUBECONFIG = path.join(folder, 'kubeconfig.yaml');
    await writeFile(KUBECONFIG, kubeConfigYaml);
    const args = ['kubectl', 'auth', 'whoami', '-o', 'json'];
    const env = { KUBECONFIG, HOME: folder };

    const { stdout } = await run(await componentsBinary(() => undefined), args, { env });

    const { username, groups } = whoAmI.parse(JSON.parse(stdout)).status.userInfo;
    assert.equal(username, engineUser);
    assert.deepEqual(groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:linkerd-trust',
      'system:authenticated',
    ]);
  });

  it('goes on when its token has been renewed and the one that it began with has ended', async () => {
    const [{ user }] = withTokenFile.parse(parse(kubeConfigYaml)).users;
    const engine = await connect(kubeConfigYaml);
    const began = await readFile(user.tokenFile, 'utf8');
    const old = await connect(kubeConfigYaml.replace(/tokenFile: .*/, `token: ${began}`));
    try {
      await waitFor(() => isRefused(old), { what: 'the first token to end', timeoutMs: 90_000 });
      assert.equal(await engine.can(question), false);
    } finally {
      await old.close();
      await engine.close();
    }
  });
});

function connect(kubeConfigYaml: string): Promise<Kube> {
  return connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
}

async function isRefused(kube: Kube): Promise<boolean> {
  try {
    await kube.can(question);
    return false;
  } catch (error) {
    return error instanceof ForbiddenError && error.status === 401;
  }
}
