import assert from 'node:assert/strict';
import { z } from 'zod';
import { waitFor } from '../../support/wait-for.ts';
import { useBench } from '../support/bench.ts';
import type { EmptyCluster } from '../support/empty-cluster.ts';
import { assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import type { Shell } from '../support/readme-commands.ts';
import { openShell, readmeCommands } from '../support/readme-commands.ts';
import { shortSpec } from '../support/rotation-resource.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';
import { refreshedLeafMs } from '../support/environment.ts';

const podList = z.object({ items: z.array(z.object({ status: z.object({ phase: z.string() }) })) });

describe('the installation that the README tells', function () {
  this.timeout(scenarioTimeoutMs);
  requireRealCluster();
  let shell: Shell | undefined;
  const bench = useBench({
    leafLifetimeMs: refreshedLeafMs,
    worker: 'none',
    isOperator: true,
    install: installPki,
  });

  after(() => shell?.close());

  /** cert-manager and trust-manager run; Linkerd follows when this is done. */
  async function installPki(cluster: EmptyCluster): Promise<void> {
    shell = await openShell(cluster.kubeConfigYaml);
    await shell.run('kubectl create namespace cert-manager');
    const [pki = ''] = await readmeCommands('Install it on a cluster');
    await shell.run(pki);
  }

  it('is accepted by the API server as written, and a patch of the resource rotates its mesh', async () => {
    const [, operator = '', rotation = ''] = await readmeCommands('Install it on a cluster');
    assert.ok(shell);
    await shell.run(operator);
    const selector = 'app.kubernetes.io/instance=trust-rotation-operator';
    const pods = await shell.run(`kubectl get pods -n linkerd-trust -l ${selector} -o json`);
    assert.deepEqual(
      podList.parse(JSON.parse(pods)).items.map(({ status }) => status.phase),
      ['Running', 'Running', 'Running'],
      'two workers and the dev server pass the restricted Pod Security Standard',
    );

    // No kubelet pulls its image: the worker runs in this process, under the rights that were installed.
    await bench().startWorker();
    await bench().mark();
    const seconds = JSON.stringify({ spec: shortSpec });
    await shell.run(`kubectl patch tar cluster --type merge -p '${seconds}'`);
    await shell.run(rotation);
    const run = await bench().startedRotation();
    await assertRotated(bench(), await run.ends('completed'));
    const open = shell;
    const row = await waitFor(
      async () => {
        const [, shown = ''] = (await open.run('kubectl get tar cluster')).trim().split('\n');
        return shown.includes('Completed') ? shown : undefined;
      },
      { what: 'kubectl to show the end of the rotation' },
    );
    assert.match(row, /^cluster +Completed +.* +\d{4}-\d\d-\d\dT[\d:.]+Z +\d+[sm]/);
  });
});
