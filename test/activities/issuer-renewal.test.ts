import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { createIssuerRenewalActivities } from '../../activities/issuer-renewal.ts';
import type { Survey } from '../../domain/survey.ts';
import { anchorB, issuer, objects, signer, survey } from '../support/survey-builder.ts';
import { contextAfter, dependencies, inActivity, surveyorOf } from './activity-fixture.ts';

/** What a renewal in this mesh comes to, asked with the mark of another issuer or of the one that is there. */
async function renewIn(mesh: Survey, mark: 'same' | 'older'): Promise<unknown> {
  const deps = dependencies({ surveyor: surveyorOf(mesh) });
  const { renewIssuerInPlace } = createIssuerRenewalActivities(deps);
  const { fingerprint } = mesh.objects.issuer.certificate;
  const seen = { uid: 'u', revision: 1, fingerprint: mark === 'same' ? fingerprint : 'older' };
  const input = { context: contextAfter(mesh), kind: 'a', mark: seen, token: 't' } as const;
  return (await inActivity(() => renewIssuerInPlace(input))).result;
}

describe('renewIssuerInPlace', () => {
  it('asks for nothing where the issuer was renewed since the mark', async () => {
    const { certificate, under } = issuer('a');

    // There is no cluster behind it: whatever it asked for would fail.
    assert.deepEqual(await renewIn(survey(), 'older'), {
      issuer: { fingerprint: certificate.fingerprint, notAfter: certificate.notAfter, under },
    });
  });

  const isRefusal = (error: unknown): boolean =>
    error instanceof ApplicationFailure && error.type === 'MutationRefused';

  it('refuses when the anchor was renewed in front of it', async () => {
    await assert.rejects(
      renewIn(survey({ objects: objects({ trustAnchor: anchorB }) }), 'same'),
      isRefusal,
    );
  });

  it("refuses behind somebody else's signer", async () => {
    await assert.rejects(
      renewIn(survey({ objects: objects({ signer: signer('other') }) }), 'same'),
      isRefusal,
    );
  });
});
