import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { makeCertificate, makeRoot } from '../../support/certificates.ts';
import { useBench } from '../support/bench.ts';
import { renewAnchorByHand } from '../support/by-hand.ts';
import { assertRotated } from '../support/end-states.ts';
import { bridgeRequest, importBridge, ownerCommand } from '../support/owner-commands.ts';
import { deleteAnchorCertificate, handInAnchor } from '../support/owners.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { phaseNames } from '../support/rotation-run.ts';
import { crossSignElsewhere } from '../support/sign-by-hand.ts';
import { keepCertificateOnly } from '../support/source-troubles.ts';

const dayMs = 86_400_000;

describe('a rotation to an anchor that its owner makes', function () {
  this.timeout(scenarioTimeoutMs);
  const sources = { anchor: 'imported', bridge: 'certManager' } as const;
  const bench = useBench({ sources });

  it('waits for the pair, says what is wrong with an unfit one, and has the old anchor sign it', async () => {
    await deleteAnchorCertificate(bench());
    await bench().mark();
    const run = await bench().rotate({ pace: 'urgent', sources });
    const { waiting } = await run.untilBlockedBy(
      'is not in Secret cert-manager/linkerd-next-anchor',
    );
    assert.equal(waiting?.for, 'the owner to hand in the new trust anchor');
    assert.equal(waiting.cause, 'import');

    const unfit = { commonName: 'root.linkerd.cluster.local', isCa: true } as const;
    await handInAnchor(bench(), await makeCertificate({ ...unfit, algorithm: 'rsa' }));
    await run.untilBlockedBy('has a key of type RSA 2048, Linkerd wants ECDSA P-256');
    const next = await makeRoot('root.linkerd.cluster.local');
    await handInAnchor(bench(), next);

    const report = await run.ends('completed');
    assert.equal(report.method, 'bridge');
    assert.equal(report.anchors?.b?.pem.trim(), next.pem.trim());
    await assertRotated(bench(), report);
  });
});

describe('a rotation from an anchor whose owner cross-signs elsewhere', function () {
  this.timeout(scenarioTimeoutMs);
  const sources = { anchor: 'certManager', bridge: 'imported' } as const;
  const bench = useBench({ sources });

  it('hands its request out, refuses what is no fit bridge, and goes on with the answer', async () => {
    const owned = await keepCertificateOnly(bench(), documentedObjects.previousAnchor);
    await bench().mark();
    await renewAnchorByHand(bench());
    const run = await bench().rotate({ pace: 'urgent', sources });
    await run.untilBlockedBy('linkerd-trust bridge-request');
    const csr = await bridgeRequest(bench());

    const stranger = await makeRoot('root.linkerd.cluster.local');
    const foreign = await importBridge(bench(), await crossSignElsewhere(csr, stranger, dayMs));
    assert.equal(foreign.code, 4);
    assert.match(foreign.stderr, /it is not signed by the anchor in use/);
    const brief = await importBridge(bench(), await crossSignElsewhere(csr, owned, 1_000));
    assert.match(brief.stderr, /it (ends on .*, before the rotation could be over|expired at)/);

    const answer = await importBridge(bench(), await crossSignElsewhere(csr, owned, dayMs));
    assert.equal(answer.code, 0, answer.stderr);
    const report = await run.ends('completed');
    assert.equal(report.method, 'bridge');
    assert.ok(phaseNames(report).includes('PinningSigner'), 'nothing may be renewed under B');
    await assertRotated(bench(), report);
    const late = await ownerCommand(bench(), ['bridge-request']);
    assert.match(late.stderr, /no rotation asks for one now/);
  });
});
