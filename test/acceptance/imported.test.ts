import assert from 'node:assert/strict';
import { answers } from '../../client/answers/all-answers.ts';
import { bridgeRequestAnswer } from '../../client/answers/bridge-request-answer.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { makeRoot } from '../support/certificates.ts';
import { useBench } from './support/bench.ts';
import { assertRotated } from './support/end-states.ts';
import { importing, ownerCommand } from './support/owner-commands.ts';
import { deleteAnchorCertificate, handInAnchor } from './support/owners.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { crossSignElsewhere } from './support/sign-by-hand.ts';
import { keepCertificateOnly } from './support/source-troubles.ts';

const { trustAnchor, previousAnchor } = documentedObjects;
const dayMs = 86_400_000;

describe('a rotation between anchors whose keys are made and kept elsewhere', function () {
  this.timeout(scenarioTimeoutMs);
  const sources = { anchor: 'imported', bridge: 'imported' } as const;
  const bench = useBench({ sources });

  it('pins the signer to what cannot sign, and takes over anchor and bridge', async () => {
    await deleteAnchorCertificate(bench());
    const owned = await keepCertificateOnly(bench(), trustAnchor);
    await keepCertificateOnly(bench(), previousAnchor);
    await bench().mark();
    const run = await bench().rotate({ pace: 'urgent', sources });
    await run.untilBlockedBy('linkerd-next-anchor');
    await handInAnchor(bench(), await makeRoot('another-root.linkerd.cluster.local'));
    await run.untilBlockedBy('linkerd-trust bridge-request');
    const asJson = ['--output', 'json'];
    const asked = await ownerCommand(bench(), ['bridge-request', ...asJson]);
    const { request, isAnswered } = bridgeRequestAnswer.parse(JSON.parse(asked.stdout));
    assert.equal(isAnswered, false);
    const signed = await crossSignElsewhere(request, owned, dayMs);
    const answer = await ownerCommand(bench(), [...importing, ...asJson], signed);
    assert.equal(answer.code, 0, answer.stderr);
    answers['import-bridge']?.parse(JSON.parse(answer.stdout));

    const report = await run.ends('completed');
    assert.equal(report.method, 'bridge');
    await assertRotated(bench(), report);
  });
});
