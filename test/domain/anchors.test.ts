import assert from 'node:assert/strict';
import type { Anchor, AnchorCandidate } from '../../domain/anchors.ts';
import { identifyAnchors, rotationId } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { anchorA, anchorB, anchorC } from '../support/survey-builder.ts';

function anchor(certificate: CertificateFacts): Anchor {
  return { certificate, pem: `pem of ${certificate.publicKey}` };
}

function candidate(
  certificate: CertificateFacts,
  { heldBy = 'nobody', isRotated = true }: Partial<AnchorCandidate> = {},
): AnchorCandidate {
  return { ...anchor(certificate), heldBy, isRotated };
}

const [a, b, c] = [anchorA, anchorB, anchorC].map(({ fingerprint }) => fingerprint);
assert.ok(a !== undefined && b !== undefined && c !== undefined);

describe('identifyAnchors', () => {
  it('knows only A while nothing is renewed', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorA),
      others: [],
      issuerVerifiesUnder: [a],
    });

    assert.deepEqual(anchors, { a: anchor(anchorA) });
  });

  it('takes the anchor under the issuer for A and the renewed one for B', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorC, { heldBy: 'bundle' }), candidate(anchorA, { heldBy: 'bundle' })],
      issuerVerifiesUnder: [a],
    });

    assert.deepEqual(anchors, { a: anchor(anchorA), b: anchor(anchorB) });
  });

  it('tells A from B behind the bridge, where the issuer verifies under both', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorA, { heldBy: 'bundle' })],
      issuerVerifiesUnder: [a, b],
    });

    assert.deepEqual(anchors, { a: anchor(anchorA), b: anchor(anchorB) });
  });

  it('takes an anchor that is still held for A where the issuer is under B already', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorC), candidate(anchorA, { heldBy: 'bundle' })],
      issuerVerifiesUnder: [b],
    });

    assert.deepEqual(anchors, { a: anchor(anchorA), b: anchor(anchorB) });
  });

  it('takes one that has left the bundle and is in pods still for A, whatever tells of it', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorA, { heldBy: 'pods', isRotated: false })],
      issuerVerifiesUnder: [b],
    });

    assert.deepEqual(anchors, { a: anchor(anchorA), b: anchor(anchorB) });
  });

  it('leaves another root in the bundle to whoever needs it, unless it is what is to be replaced', () => {
    const candidates = {
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorC, { heldBy: 'bundle', isRotated: false })],
      issuerVerifiesUnder: [b],
    };

    assert.deepEqual(identifyAnchors(candidates), { a: anchor(anchorB) });
    assert.deepEqual(identifyAnchors(candidates, c), { a: anchor(anchorC), b: anchor(anchorB) });
  });

  it('sees no rotation under way where nobody holds the former anchor any more', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorA)],
      issuerVerifiesUnder: [b],
    });

    assert.deepEqual(anchors, { a: anchor(anchorB) });
  });

  it('takes the trust anchor for A where the issuer verifies under nothing that is known', () => {
    const anchors = identifyAnchors({
      trustAnchor: anchor(anchorB),
      others: [candidate(anchorA, { heldBy: 'bundle' })],
      issuerVerifiesUnder: [],
    });

    assert.deepEqual(anchors, { a: anchor(anchorB) });
  });
});

describe('rotationId', () => {
  it('names A alone until B exists, then both by eight digits', () => {
    assert.equal(rotationId({ a: anchor(anchorA) }), a.slice(0, 8));
    assert.equal(
      rotationId({ a: anchor(anchorA), b: anchor(anchorB) }),
      `${a.slice(0, 8)}-${b.slice(0, 8)}`,
    );
  });
});
