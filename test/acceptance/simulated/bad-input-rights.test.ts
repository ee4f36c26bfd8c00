import assert from 'node:assert/strict';
import { ExitCode } from '../../../client/exit-codes.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import { describeMissingRight } from '../../../mesh/rights-check.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import type { AccessRequest } from '../../../simulator/cluster/cluster-options.ts';
import { denying, messageOf, withCluster } from '../support/command-bench.ts';
import { blockersOf } from '../support/command-line.ts';

const certificateStatus = { resource: 'certificates', subresource: 'status' };

/** A user is named by the right that it lacks. */
const rights: Readonly<Record<string, Partial<AccessRequest>>> = {
  'no-anchor': { verb: 'get', resource: 'secrets', name: 'linkerd-trust-anchor' },
  'no-pods': { verb: 'list', resource: 'pods' },
  'no-renewal': { verb: 'update', ...certificateStatus, name: 'linkerd-trust-anchor' },
  'no-requests': { verb: 'create', resource: 'certificaterequests' },
  'no-pin': { verb: 'patch', resource: 'clusterissuers' },
  'no-restart': { verb: 'patch', resource: 'statefulsets' },
  'no-secrets': { resource: 'secrets' },
};

/** What planning itself cannot do without ends it … */
const neededToPlan: readonly (readonly [string, string])[] = [
  [
    'no-anchor',
    'Next step: grant the right to get secrets "linkerd-trust-anchor" in namespace cert-manager, needed to read the trust anchor.',
  ],
  [
    'no-pods',
    'Next step: grant the right to list pods in the whole cluster, needed to find every live proxy.',
  ],
];

/** … and what only the rotation would do is found before it begins. */
const neededLater: readonly (readonly [string, string])[] = [
  [
    'no-renewal',
    'right to update certificates.cert-manager.io/status "linkerd-trust-anchor" in namespace cert-manager, needed to renew the trust anchor',
  ],
  [
    'no-requests',
    'right to create certificaterequests.cert-manager.io in namespace cert-manager, needed to cross-sign and to ask for probes',
  ],
  [
    'no-pin',
    'right to patch clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to choose the Secret that signs the identity issuer',
  ],
  [
    'no-restart',
    'right to patch statefulsets.apps in the whole cluster, needed to restart workloads whose proxies must read new anchors',
  ],
];

describe('a right that is missing', () => {
  it('is named with its verb, its object and its purpose, before anything is changed', () =>
    withCluster({ cluster: { authorize: denying(rights) } }, async (bench) => {
      for (const [user, nextStep] of neededToPlan) {
        const run = await bench.refused(['plan'], { user });

        assert.equal(run.code, ExitCode.cluster);
        assert.equal(messageOf(run).trimEnd().split('\n')[1], nextStep);
        assert.match(run.stderr, /the API server answered 403/);
      }
      for (const [user, what] of neededLater) {
        const run = await bench.refused(['plan', '--output', 'json'], { user });

        assert.equal(run.code, ExitCode.blocked);
        const [only, ...others] = blockersOf(run);
        assert.deepEqual(others, []);
        assert.equal(only?.what, what);
        assert.match(only.remedy, /^grant it: /);
      }
    }));

  it('is named together with all others, where more than one is missing', () =>
    withCluster({ cluster: { authorize: denying(rights) } }, async (bench) => {
      const run = await bench.refused(['plan'], { user: 'no-secrets' });

      assert.equal(run.code, ExitCode.cluster);
      const missing = rightsOf(documentedObjects).filter(({ resource }) => resource === 'secrets');
      assert.equal(
        messageOf(run).trimEnd().split('\n')[1],
        `Next step: grant the ${missing.length} rights that are missing: ${missing.map(describeMissingRight).join('; ')}.`,
      );
    }));
});
