import assert from 'node:assert/strict';
import { whereHeld } from '../../domain/held.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { SignerSource } from '../../domain/survey.ts';
import type { IssuerKind } from '../../domain/trust.ts';
import { bothAnchors } from '../support/plan-builder.ts';
import { anchorA, issuer, objects, survey } from '../support/survey-builder.ts';

const propagated = [{ phase: 'PropagatingTrustRoots', state: 'done' }] as const;
const propagating = [{ phase: 'PropagatingTrustRoots', state: 'running' }] as const;
const unpinned = [{ phase: 'PinningSigner', state: 'running' }] as const;

function where(
  signer: SignerSource,
  more: Partial<Parameters<typeof whereHeld>[0]> = {},
  kind: IssuerKind = 'a',
): string {
  return whereHeld({
    anchors: bothAnchors,
    recorded: { trustAnchor: 'B', previousAnchor: anchorA.fingerprint, signer },
    observed: summarise(survey({ objects: objects({ issuer: issuer(kind) }) })),
    phases: [],
    ...more,
  });
}

describe('where a rotation that holds leaves the mesh', () => {
  it('names what signs', () => {
    assert.match(where('previous-anchor'), /the signer stays pinned to the old one/);
    assert.match(where('bridge', {}, 'x'), /the issuer stays behind the bridge/);
    assert.match(
      where('trust-anchor', {}, 'b'),
      /stays under the new one, which every proxy knows/,
    );
  });

  it('warns of a signer that is not pinned, until every proxy holds both anchors', () => {
    assert.match(
      where('trust-anchor', { phases: propagating }),
      /nothing pins the signer: .* not every proxy knows/,
    );
    assert.match(
      where('trust-anchor', { phases: unpinned }, 'b'),
      /under the new one already, which not every proxy knows, so rotate on now/,
    );
    assert.match(
      where('trust-anchor', { phases: propagated }),
      /comes out under the new one, which every proxy knows/,
    );
  });

  it('does not call a pin what another hand has put in its place', () => {
    const recorded = { trustAnchor: 'B', previousAnchor: 'C', signer: 'previous-anchor' } as const;

    assert.match(
      where('previous-anchor', { recorded }),
      /^the signer signs with what another hand/,
    );
  });

  it('does not speak of a second anchor before it is known', () => {
    const anchors = { a: { certificate: anchorA, pem: '' } };
    assert.match(
      where('previous-anchor', { anchors }),
      /^the signer stays pinned to the old anchor;/,
    );
    assert.match(where('trust-anchor', { anchors }), /^nothing pins the signer, .* rotate on now$/);
  });
});
