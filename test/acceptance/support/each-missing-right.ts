import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import type { AccessRight, Kube } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { describeAccess } from '../../../mesh/kubernetes/operation.ts';
import type { ObjectRef, ResourceType } from '../../../mesh/kubernetes/resources.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { describeMissingRight, missingRights } from '../../../mesh/rights-check.ts';
import type { Right } from '../../../mesh/rights.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import { rolesFor } from '../../../mesh/roles.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { EmptyCluster } from './empty-cluster.ts';
import { engineAccount } from './engine-account.ts';
import { patienceMs } from '../../support/patience.ts';

/** A cluster, and access to it as the engine. */
interface RestrictedEngine {
  readonly cluster: EmptyCluster;
  readonly engine: Kube;
}

/** Of every installation that there can be: one that writes the bundle has a right that others have not. */
const table = [
  ...rightsOf(documentedObjects, {
    reachProxiesBy: 'port-forward',
    isOperator: true,
    sources: { anchor: 'imported', bridge: 'imported' },
  }),
  ...rightsOf({ ...documentedObjects, bundleOwnership: 'direct' }),
].filter((right, at, all) => all.findIndex((other) => isSame(other, right)) === at);

/**
 * Takes each right of the table away in turn: the check names it and no other, and so does the error
 * of a request that needs it.
 */
export function itNamesEachMissingRight(restricted: () => RestrictedEngine): void {
  it('misses nothing with all of them', () => restrict(restricted(), []));

  for (const removed of table) {
    it(`misses the right to ${describeMissingRight(removed)}`, async () => {
      await restrict(restricted(), [removed]);
      // A port-forward is no request that is answered: the check alone finds this one.
      if (removed.subresource !== 'portforward') await assertRefused(restricted().engine, removed);
    });
  }
}

/** An API server takes roles up a little later. */
function isSame(one: Right, other: Right): boolean {
  return describeAccess(one) === describeAccess(other);
}

async function restrict(
  { cluster, engine }: RestrictedEngine,
  removed: readonly Right[],
): Promise<void> {
  const left = table.filter((right) => !removed.includes(right));
  await cluster.setEngineRoles(rolesFor(left, engineAccount));
  const isTakenUp = async (): Promise<boolean> => {
    assert.deepEqual(await missingRights(engine, table), removed);
    return true;
  };
  await waitFor(isTakenUp, { what: 'the check to name what was taken away, and that alone' });
}

async function assertRefused(engine: Kube, right: Right): Promise<void> {
  const type = typeOf(right);
  const isOfOne = right.verb !== 'list';
  const request: Right = {
    ...right,
    ...(type.namespaced && isOfOne ? { namespace: right.namespace ?? 'default' } : {}),
    ...(isOfOne ? { name: right.name ?? 'any' } : {}),
  };
  await assert.rejects(attempt(engine, type, request), (error: unknown) => {
    assert.ok(error instanceof Error && error.name === 'ForbiddenError', String(error));
    const nextStep = `Next step: grant the right to ${describeMissingRight(request)}.`;
    assert.ok(error.message.endsWith(nextStep), `${error.message}\ndoes not end with\n${nextStep}`);
    return true;
  });
}

/** Sends the request that a right is for. It is refused before anybody looks at its body. */
function attempt(kube: Kube, type: ResourceType, right: AccessRight): Promise<unknown> {
  const { verb, name, namespace } = right;
  const place = namespace === undefined ? {} : { namespace };
  const ref = { type, ...place, name: name ?? '' };
  switch (verb) {
    case 'get':
      return kube.get(ref, rawObject);
    case 'list':
      return kube.list(type, rawObject, { ...place, ...(name === undefined ? {} : { name }) });
    case 'watch':
      return follow(kube, ref);
    case 'create':
      return kube.create(ref, {});
    case 'patch':
      return kube.patch(ref, {}, 'merge');
    case 'update':
      assert.equal(right.subresource, 'status', 'nothing else is replaced as a whole');
      return kube.replaceStatus(ref, {});
    case 'delete':
      return kube.delete(ref);
    default:
      throw new Error(`no request needs the right to ${verb}`);
  }
}

/** To the end: it begins with a list, which is a right of its own. */
async function follow(kube: Kube, ref: ObjectRef): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const options = { atMostMs: 1_000, signal: AbortSignal.timeout(patienceMs) };
  for await (const object of kube.follow(ref, rawObject, options)) seen.push(object);
  return seen;
}

function typeOf({ group, resource }: AccessRight): ResourceType {
  const type = Object.values<ResourceType>(resources).find(
    (known) => known.group === group && known.plural === resource,
  );
  if (type === undefined) throw new Error(`mesh/ knows no ${resource}.${group}`);
  return type;
}
