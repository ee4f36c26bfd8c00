import assert from 'node:assert/strict';
import { documentedObjects } from '../../../domain/objects.ts';
import { markBeforeRenewal } from '../../../mesh/certificate-renewal.ts';
import { renewIssuerAsOurs } from '../../../mesh/own-issuer-renewal.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import {
  anchorCertificate,
  issuerCertificate,
  renewByHand,
} from '../../acceptance/support/by-hand.ts';
import { ago } from '../../client/fixtures.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';
import { patienceMs } from '../../support/patience.ts';

const asked = {
  condition: 'waiting-for-approval',
  waiting: {
    for: 'approval switch-issuer',
    since: ago(1),
    approval: 'switch-issuer',
    laggards: [],
  },
} as const;

describe('a renewal of the identity issuer by hand', () => {
  let bench: OperatorBench;

  beforeEach(async () => {
    bench = await startOperatorBench();
  });

  afterEach(() => bench.stop());

  const renewIssuer = (): Promise<unknown> => renewByHand(bench.pki.kube, issuerCertificate);

  /** The revision that the operator goes by from here on. */
  async function marked(): Promise<number> {
    const { issuerMark } = await bench.resource.until(
      'a mark of the issuer',
      (status) => status.issuerMark !== undefined,
    );
    return issuerMark?.revision ?? 0;
  }

  async function markedAfter(revision: number): Promise<void> {
    await bench.resource.until(
      'a newer mark of the issuer',
      ({ issuerMark }) => (issuerMark?.revision ?? 0) > revision,
    );
  }

  it('approves the switch that a rotation waits for', async () => {
    await bench.atRest();
    await marked();
    bench.engine.run(asked);
    await bench.passes(3);
    await renewIssuer();
    await waitFor(() => bench.engine.calls.length > 0, { what: 'the approval' });
    assert.match(
      bench.engine.calls[0] ?? '',
      /^approve switch-issuer by a person's renewal of the identity issuer \(revision \d+\)$/,
    );
    const reasons = (await bench.resource.events()).map(({ reason }) => reason);
    assert.ok(reasons.includes('ApprovalNoted'));
  });

  it('is kept in mind until the rotation asks, also by another worker', async () => {
    await bench.install();
    const stop = await bench.start();
    await marked();
    bench.engine.run({});
    await bench.passes(3);
    await renewIssuer();
    await bench.resource.until('the note', ({ noted }) => noted?.gate === 'switch-issuer');
    await bench.passes(3);
    assert.deepEqual(bench.engine.calls, []);
    await stop();
    await bench.start();
    bench.engine.run(asked);
    await waitFor(() => bench.engine.calls.length > 0, { what: 'the approval' });
  });

  it('counts from the renewal of the anchor on, before any rotation runs', async () => {
    await bench.atRest({ surveyEvery: '1s' });
    const revision = await marked();
    await renewByHand(bench.pki.kube, anchorCertificate);
    await renewIssuer();
    await markedAfter(revision);
    const { noted } = await bench.resource.until(
      'the note',
      (status) => status.noted !== undefined,
    );
    assert.equal(noted?.gate, 'switch-issuer');
  });

  it('means nothing while one anchor is all there is', async () => {
    await bench.atRest({ surveyEvery: '1s' });
    const revision = await marked();
    await renewIssuer();
    await markedAfter(revision);
    bench.engine.run(asked);
    await bench.passes(5);
    assert.deepEqual(bench.engine.calls, []);
  });

  it('is not one where cert-manager has replaced a Secret that was lost, or a spec was changed', async () => {
    await bench.atRest();
    bench.engine.run(asked);
    const revision = await marked();
    await bench.pki.kube.delete({ ...issuerCertificate, type: resources.secrets });
    await markedAfter(revision);
    await bench.pki.kube.patch(issuerCertificate, { spec: { commonName: 'another' } }, 'merge');
    await markedAfter(revision + 1);
    await bench.passes(5);
    assert.deepEqual(bench.engine.calls, []);
  });

  it('is not one where a workflow of ours has made it after a rotation that was held', async () => {
    await bench.atRest({ surveyEvery: '1s' });
    const revision = await marked();
    await renewByHand(bench.pki.kube, anchorCertificate);
    await bench.resource.until('two anchors', ({ anchors }) => anchors?.next !== undefined);

    await renewIssuerAsOurs(bench.pki.kube, documentedObjects, {
      deadlineMs: Date.now() + patienceMs,
      since: await markBeforeRenewal(bench.pki.kube, issuerCertificate),
      token: 'ours',
    });
    await markedAfter(revision);
    bench.engine.run(asked);
    await bench.passes(5);
    assert.deepEqual(bench.engine.calls, []);

    // The next one is a person's again.
    await renewIssuer();
    await waitFor(() => bench.engine.calls.length > 0, { what: 'the approval' });
  });

  it('is not one where the rotation may have renewed it', async () => {
    await bench.atRest();
    await marked();
    bench.engine.run({ approvals: [{ gate: 'switch-issuer', by: 'ada', at: ago(1) }] });
    await bench.resource.until('no mark', ({ issuerMark }) => issuerMark === undefined);
    await renewIssuer();
    await bench.passes(5);
    assert.deepEqual(bench.engine.calls, []);
  });
});
