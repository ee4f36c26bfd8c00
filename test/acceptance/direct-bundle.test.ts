import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import { bundleManager, takeOverBundle } from '../../mesh/direct-bundle.ts';
import { ownTargetRef, readOwnTarget } from '../../mesh/bundle-target.ts';
import { writeBundle } from '../../mesh/bundle-text.ts';
import { useBench } from './support/bench.ts';
import { lookAtCluster } from './support/cluster-sights.ts';
import { assertRotated } from './support/end-states.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { bothRequired } from './support/requests.ts';
import { phaseNames } from './support/rotation-run.ts';
import { refreshedLeafMs } from './support/environment.ts';

const objects = { ...documentedObjects, bundleOwnership: 'direct' } as const;

describe('a rotation without trust-manager', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs, bundleOwnership: 'direct' });

  /** As a controller that keeps the ConfigMap as a repository has it. */
  async function overwrite(pems: readonly string[]): Promise<void> {
    const data = { [objects.bundleKey]: await writeBundle(pems) };
    await bench().kube.patch(ownTargetRef(objects), { data }, 'merge', {
      fieldManager: 'gitops',
    });
  }

  it('does not begin before it owns the bundle, then writes it by itself and leaves no trace', async () => {
    const refused = await bench().rotate({ objects });
    const { reason } = await refused.ends('not-started');
    assert.match(
      reason ?? '',
      /^1 blockers; ConfigMap linkerd\/.* has data\.ca-bundle\.crt owned by/,
    );
    assert.equal(await takeOverBundle(bench().kube, objects), 'taken-over');

    const run = await bench().rotate({ objects });
    const report = await run.ends('completed');

    assert.equal(report.method, 'bridge');
    assert.deepEqual(phaseNames(report), [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'BridgingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'ReleasingBridge',
      'Verifying',
    ]);
    await assertRotated(bench(), report);
    const target = await readOwnTarget(bench().kube, objects);
    assert.deepEqual(target?.writers, [{ manager: bundleManager, operation: 'Apply' }]);
    assert.ok(target.canonical);
  });

  it('stops at another writer of the bundle, and retires nothing before it owns it again', async () => {
    await takeOverBundle(bench().kube, objects);
    const run = await bench().rotate({ objects, approvals: bothRequired });
    const { anchors } = await run.untilAsked('switch-issuer');
    const [a = '', b = ''] = [anchors?.a.pem, anchors?.b?.pem];
    await overwrite([a]);
    await run.approve('switch-issuer');
    await run.untilBlockedBy('trust bundle');
    await overwrite([a, b]);

    await run.untilAsked('retire-anchor');
    await run.approve('retire-anchor');
    const { waiting } = await run.untilBlockedBy('owned by field manager');
    assert.match(waiting?.for ?? '', /"gitops"; nothing was written\. Next step: .*--apply"/);
    const { previousAnchor, bundle } = await lookAtCluster(bench().kube);
    assert.deepEqual(previousAnchor, [anchors?.a.certificate.fingerprint]);
    assert.equal(bundle.length, 2);

    await takeOverBundle(bench().kube, objects);
    await run.resume();
    await assertRotated(bench(), await run.ends('completed'));
  });
});
