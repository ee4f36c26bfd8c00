import assert from 'node:assert/strict';
import type { PlanQuestion } from '../../activities/plan.ts';
import type { Connectors } from '../../client/context.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { defaultSources } from '../../domain/sources.ts';
import { checkFacts, inspectionFacts } from '../support/check-facts.ts';
import { planResult } from './fixtures.ts';
import type { Run } from './run-client.ts';
import { clusterNamed, runClient } from './run-client.ts';

/** A mesh without trust-manager whose anchor comes from elsewhere, as its owner has described it. */
const owned = {
  metadata: { uid: 'u', resourceVersion: '1' },
  spec: {
    objects: { trustNamespace: 'pki', trustAnchor: 'root' },
    bundle: { ownership: 'Direct' },
    anchor: { source: 'Imported' },
  },
};
const ownedObjects = {
  ...documentedObjects,
  trustNamespace: 'pki',
  trustAnchor: 'root',
  bundleOwnership: 'direct',
} as const;

type Asked = Pick<PlanQuestion, 'objects'> & Partial<Pick<PlanQuestion, 'sources'>>;

async function run(
  args: readonly string[],
  openCluster: Connectors['openCluster'],
): Promise<Run & { readonly asked: Asked | undefined }> {
  let asked: Asked | undefined;
  const answering =
    <Facts>(facts: Facts) =>
    () =>
    async (question: Asked): Promise<Facts> => {
      asked = question;
      return facts;
    };
  const result = await runClient(args, {
    isTTY: true,
    connectors: {
      openCluster,
      openTemporal: () => Promise.reject(new Error('no Temporal here')),
      checkerFor: answering(checkFacts()),
      inspectorFor: answering(inspectionFacts()),
      plannerFor: answering(planResult()),
    },
  });
  return { ...result, asked };
}

describe('the objects of a mesh and its sources', () => {
  const origin = /^ *settings +as TrustAnchorRotation cluster has them; flags win$/im;

  for (const command of ['check', 'inspect', 'plan']) {
    it(`are those of the TrustAnchorRotation for ${command}, which says so`, async () => {
      const { asked, stdout } = await run([command], clusterNamed('uid-1', owned));

      assert.deepEqual(asked?.objects, ownedObjects);
      assert.match(stdout, origin);
    });

    it(`are what a flag says, whatever the resource says, for ${command}`, async () => {
      const flags = ['--trust-anchor', 'another', '--bundle-ownership', 'trust-manager'];
      const { asked } = await run([command, ...flags], clusterNamed('uid-1', owned));

      assert.deepEqual(asked?.objects, {
        ...documentedObjects,
        trustNamespace: 'pki',
        trustAnchor: 'another',
      });
    });

    it(`are those of the guide for ${command} where there is no resource`, async () => {
      const { asked, stdout } = await run([command], clusterNamed('uid-1'));

      assert.deepEqual(asked?.objects, documentedObjects);
      assert.doesNotMatch(stdout, /^ *settings/im);
    });

    it(`are those of the guide for ${command} that may not read the resource, and says why`, async () => {
      const kube = { get: () => Promise.reject(new Error('Could not get it: 403')) };
      const { asked, stdout } = await run([command], async () => ({
        id: 'uid-1',
        name: 'prod',
        // Sound: nothing else is asked of it.
        kube: kube as never,
        close: async () => undefined,
      }));

      assert.deepEqual(asked?.objects, documentedObjects);
      assert.match(stdout, /^ *settings +as Linkerd's guide has them: Could not get it: 403$/im);
    });
  }

  for (const command of ['check', 'plan']) {
    it(`come with the sources of ${command}`, async () => {
      const given = await run([command], clusterNamed('uid-1', owned));
      const flagged = await run(
        [command, '--anchor-source', 'certManager', '--bridge-source', 'imported'],
        clusterNamed('uid-1', owned),
      );
      const none = await run([command], clusterNamed('uid-1'));

      assert.deepEqual(given.asked?.sources, { anchor: 'imported', bridge: 'certManager' });
      assert.deepEqual(flagged.asked?.sources, { anchor: 'certManager', bridge: 'imported' });
      assert.deepEqual(none.asked?.sources, defaultSources);
    });
  }
});
