import assert from 'node:assert/strict';
import { makeCertificate } from '../../support/certificates.ts';
import { useBench } from '../support/bench.ts';
import { generationsOf, identityWorkload, restartsSince } from '../support/by-hand.ts';
import { assertRotated } from '../support/end-states.ts';
import { bothAutomatic, shortTimings } from '../support/requests.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

/** By the rules of Go and of webpki: 1 leaves room for bridge and issuer, 0 for the issuer alone. */
const anchors = [
  {
    pathLength: 0,
    does: 'restarts linkerd-identity before it switches the issuer',
    restarts: 1,
  },
  { pathLength: 1, does: 'needs no restart for the bridge', restarts: 0 },
];

describe('a rotation by bridge', function () {
  this.timeout(scenarioTimeoutMs);

  for (const { pathLength, does, restarts } of anchors) {
    describe(`from an anchor of path length ${String(pathLength)}`, () => {
      const anchorPair = { certificate: '', key: '' };
      before(async () => {
        const { pem, keyPem } = await makeCertificate({
          commonName: 'root.linkerd.cluster.local',
          isCa: true,
          pathLength,
          withKeyId: true,
        });
        Object.assign(anchorPair, { certificate: pem, key: keyPem });
      });
      const bench = useBench({
        pki: { anchorPair },
        bundleAgeMs: 2 * shortTimings.settleMs,
      });

      it(does, async () => {
        const before = await generationsOf(bench(), [identityWorkload]);
        const run = await bench().rotate({
          pace: 'urgent',
          method: 'bridge',
          approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
        });
        const { anchors: found } = await run.untilAsked('switch-issuer');
        assert.equal(found?.a.certificate.pathLength, pathLength);
        assert.deepEqual(await restartsSince(bench(), before, [identityWorkload]), [restarts]);
        await run.approve('switch-issuer');
        await assertRotated(bench(), await run.ends('completed'));
      });
    });
  }
});
