import { documentedObjects } from '../../../domain/objects.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { useBench } from '../support/bench.ts';
import { assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { refreshedLeafMs } from '../support/environment.ts';

describe('a rotation that was terminated', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

  it('is gone on with by the next one, once a person has deleted its Lease', async () => {
    const first = await bench().rotate();
    await first.untilPhase('ReplacingLeaves');
    await first.handle.terminate('in the Web UI');

    const next = await bench().rotate();
    await next.untilBlockedBy('Another engine');
    const { linkerdNamespace: namespace, lease: name } = documentedObjects;
    await bench().kube.delete({ type: resources.leases, namespace, name });
    await next.resume();
    await assertRotated(bench(), await next.ends('completed'));
  });
});
