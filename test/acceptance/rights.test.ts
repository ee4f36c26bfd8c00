import assert from 'node:assert/strict';
import { smallApps } from '../../deploy/local/local-mesh.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { describeAccess } from '../../mesh/kubernetes/operation.ts';
import type { Right } from '../../mesh/rights.ts';
import { rightsOf } from '../../mesh/rights.ts';
import type { AccessRequest } from '../../simulator/cluster/cluster-options.ts';
import { useBench } from './support/bench.ts';
import { clusterKind } from './support/empty-cluster.ts';
import { assertRotated } from './support/end-states.ts';
import { sayNotRun } from './support/not-run.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

const leftOver = 'a rotation that was killed has left it behind';
const otherOwner = 'the injector did not label a pod with a workload above its ReplicaSet';

/** What a rotation uses only where it meets something unusual, and what that is. */
const neededInTrouble: Readonly<Record<string, string>> = {
  'get replicasets.apps in the whole cluster': otherOwner,
  'list replicasets.apps in the whole cluster': otherOwner,
  'delete certificaterequests.cert-manager.io in namespace linkerd':
    'a request of the identity issuer was denied or has failed',
  'patch issuers.cert-manager.io "linkerd-trust-probe-a" in namespace cert-manager': leftOver,
  'patch issuers.cert-manager.io "linkerd-trust-probe-b" in namespace cert-manager': leftOver,
  'patch issuers.cert-manager.io "linkerd-trust-probe-x" in namespace cert-manager': leftOver,
  'patch secrets "linkerd-trust-bridge" in namespace cert-manager': leftOver,
  'patch secrets "linkerd-trust-probe" in namespace cert-manager': leftOver,
  'get configmaps "linkerd-identity-trust-roots" in namespace linkerd':
    'trust-manager did not write the bundle of the control plane, or not yet',
};

/** The worker of every scenario has the rights of the table and no others; here none may be for nothing. */
describe('the rights of a rotation', function () {
  this.timeout(scenarioTimeoutMs);
  const table = rightsOf(documentedObjects);
  const used = new Set<Right>();
  const bench = useBench({
    apps: [...smallApps, { kind: 'DaemonSet', namespace: 'shop', name: 'agent' }],
    onAccess: (request) => {
      for (const right of table) if (isFor(right, request)) used.add(right);
    },
  });

  it('are enough for both methods, and each of them is needed', async () => {
    for (const method of ['bridge', 'overlap'] as const) {
      const run = await bench().rotate({ method, pace: 'urgent' });
      await assertRotated(bench(), await run.ends('completed'));
    }
    if (clusterKind === 'real') {
      sayNotRun('only the simulated API server tells which of the rights were needed');
      return;
    }
    const unused = table.filter((right) => !used.has(right)).map((right) => describeAccess(right));
    assert.deepEqual(
      unused.filter((right) => !(right in neededInTrouble)),
      [],
    );
  });

  it('are explained where a smooth rotation does not use them', () => {
    const described = new Set(table.map((right) => describeAccess(right)));
    const unknown = Object.keys(neededInTrouble).filter((right) => !described.has(right));
    assert.deepEqual(unknown, []);
  });
});

function isFor(
  { verb, group, resource, subresource = '', namespace, name }: Right,
  request: AccessRequest,
): boolean {
  return (
    request.verb === verb &&
    request.group === group &&
    request.resource === resource &&
    request.subresource === subresource &&
    (namespace === undefined || request.namespace === namespace) &&
    (name === undefined || request.name === name)
  );
}
