import assert from 'node:assert/strict';
import { z } from 'zod';
import { installHelm } from '../../support/helm.ts';
import { ownCrds } from '../../support/own-crds.ts';
import { useBench } from '../support/bench.ts';
import type { EmptyCluster } from '../support/empty-cluster.ts';
import { assertRotated } from '../support/end-states.ts';
import type { Shell } from '../support/readme-commands.ts';
import { openShell, readmeCommands } from '../support/readme-commands.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';

const podList = z.object({ items: z.array(z.object({ status: z.object({ phase: z.string() }) })) });

describe('the installation that the README tells', function () {
  this.timeout(400_000);
  requireRealCluster();
  let shell: Shell | undefined;
  const bench = useBench({ worker: 'none', install: installPki });

  after(() => shell?.close());

  /** cert-manager and trust-manager run; Linkerd follows when this is done. */
  async function installPki(cluster: EmptyCluster): Promise<void> {
    shell = await openShell(cluster.kubeConfigYaml);
    await shell.run('kubectl create namespace cert-manager');
    const [pki = ''] = await readmeCommands('Install it on a cluster');
    await shell.run(pki);
  }

  it('is accepted by the API server as written, and its mesh is rotated under its rights', async () => {
    const [, operator = '', rotation = ''] = await readmeCommands('Install it on a cluster');
    const hasCrd = (await ownCrds(await installHelm())).length > 0;
    assert.ok(shell);
    if (hasCrd) {
      await shell.run(operator);
      await shell.run(rotation);
    } else {
      process.stdout.write('\n  !! NOT RUN: the resource; trust-rotation-crds holds no CRD\n');
      await shell.run(operator.replace('helm install', 'helm install --set rotation.create=false'));
    }
    const selector = 'app.kubernetes.io/instance=trust-rotation-operator';
    const pods = await shell.run(`kubectl get pods -n linkerd-trust -l ${selector} -o json`);
    assert.deepEqual(
      podList.parse(JSON.parse(pods)).items.map(({ status }) => status.phase),
      ['Running', 'Running', 'Running'],
      'two workers and the dev server pass the restricted Pod Security Standard',
    );

    await bench().startWorker();
    const run = await bench().rotate();
    await assertRotated(bench(), await run.ends('completed'));
  });
});
