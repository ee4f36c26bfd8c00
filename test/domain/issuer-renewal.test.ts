import assert from 'node:assert/strict';
import { judgeRenewal } from '../../domain/issuer-renewal.ts';
import type { TrustObjects } from '../../domain/survey.ts';
import {
  anchorA,
  anchorB,
  bundle,
  issuer,
  objects,
  signer,
  survey,
} from '../support/survey-builder.ts';

const a = { certificate: anchorA, pem: 'A' };
const b = { certificate: anchorB, pem: 'B' };

function judge(more: Partial<TrustObjects>): ReturnType<typeof judgeRenewal> {
  return judgeRenewal(survey({ objects: objects({ bundle: bundle('A,B'), ...more }) }), { a, b });
}

describe('the renewal of the issuer alone', () => {
  it('is judged by what the signer would sign next', () => {
    const atRest = judgeRenewal(survey(), { a });
    const held = judge({ trustAnchor: anchorB, signer: signer('previous-anchor') });
    const bridged = judge({ signer: signer('bridge'), issuer: issuer('x') });
    const done = judge({ trustAnchor: anchorB, issuer: issuer('b') });

    assert.deepEqual(
      [atRest, held, bridged, done],
      [{ kind: 'a' }, { kind: 'a' }, { kind: 'x' }, { kind: 'b' }],
    );
  });

  it('is refused where it would switch to the next anchor', () => {
    const verdict = judge({ trustAnchor: anchorB });

    assert.match(JSON.stringify(verdict), /of kind b where a signs now.*linkerd-trust rotate/);
  });

  it("is refused behind somebody else's signer", () => {
    const verdict = judge({ signer: signer('other') });

    assert.match(JSON.stringify(verdict), /signs with Secret somebody-elses-ca/);
  });
});
