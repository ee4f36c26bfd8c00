import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Method, PhaseName } from '../../domain/phases.ts';
import { phasesOf } from '../../domain/phases.ts';
import type { Position } from '../../domain/position.ts';
import { locate } from '../../domain/position.ts';
import type { Survey, TrustObjects } from '../../domain/survey.ts';
import { surveyArbitrary } from '../support/arbitraries.ts';
import {
  anchorA,
  anchorB,
  anchorC,
  bridge,
  bundle,
  fingerprints,
  identity,
  issuer,
  objects,
  signer,
  survey,
  uniform,
} from '../support/survey-builder.ts';

const neither: TrustObjects['issuer'] = { ...issuer('a'), under: { a: 'no', b: 'no' } };

function phaseOf(position: Position): string {
  return position.kind === 'in-phase' ? position.phase : position.kind;
}

function methodOf(position: Position): Method | undefined {
  return position.kind === 'in-phase' ? position.method : undefined;
}

interface Row {
  readonly when: string;
  readonly mesh: Survey;
  readonly phase: PhaseName | 'off-the-map';
  readonly method?: Method;
  /** Set where B does not exist yet. */
  readonly beforeB?: true;
}

const pinned = { signer: signer('previous-anchor') };
const bridged = { signer: signer('bridge'), bridge };
const copied = { previousAnchor: anchorB };

const rows: readonly Row[] = [
  {
    when: 'nothing is under way',
    mesh: survey(),
    phase: 'PinningSigner',
    beforeB: true,
  },
  {
    when: 'the signer is pinned and nothing is renewed',
    mesh: survey({ objects: objects(pinned) }),
    phase: 'RenewingTrustAnchor',
    beforeB: true,
  },
  {
    when: 'the pin holds something else than the anchor in use',
    mesh: survey({ objects: objects({ ...pinned, previousAnchor: anchorC }) }),
    phase: 'off-the-map',
    beforeB: true,
  },
  {
    when: 'a stranger signs before the renewal',
    mesh: survey({ objects: objects({ signer: signer('other') }) }),
    phase: 'off-the-map',
    beforeB: true,
  },
  {
    when: 'the issuer does not verify under the only anchor',
    mesh: survey({ objects: objects({ issuer: neither }) }),
    phase: 'off-the-map',
    beforeB: true,
  },
  {
    when: 'a person renewed the anchor without a pin',
    mesh: uniform('A', 'a', { bundle: bundle('A,B') }),
    phase: 'PinningSigner',
  },
  {
    when: 'the anchor is renewed under the pin and trust-manager has not followed',
    mesh: uniform('A', 'a', pinned),
    phase: 'RenewingTrustAnchor',
  },
  {
    when: 'both anchors are in the bundle',
    mesh: uniform('A', 'a', { ...pinned, bundle: bundle('A,B') }),
    phase: 'BridgingIdentityIssuer',
  },
  {
    when: 'the signer is the bridge and the issuer not renewed yet',
    mesh: uniform('A', 'a', { ...bridged, bundle: bundle('A,B') }),
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
  },
  {
    when: 'a stranger signs after the renewal',
    mesh: uniform('A', 'a', { signer: signer('other'), bundle: bundle('A,B') }),
    phase: 'off-the-map',
  },
  {
    when: 'the issuer stands behind the bridge',
    mesh: uniform('A,B', 'x', bridged),
    phase: 'ReplacingLeaves',
    method: 'bridge',
  },
  {
    when: 'the issuer stands behind the bridge and an identity replica still signs under A',
    mesh: { ...uniform('A,B', 'x', bridged), identity: [identity('A,B', 'a')] },
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
  },
  {
    when: 'the signer is the bridge of an anchor that another hand has replaced',
    mesh: uniform('A,B', 'a', { ...bridged, bridge: { ...bridge, publicKey: 'of another' } }),
    phase: 'PinningSigner',
  },
  {
    when: 'the issuer stands behind a bridge that its signer has left',
    mesh: uniform('A,B', 'x', pinned),
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
  },
  {
    when: 'the issuer is under B alone and every verifier holds B',
    mesh: uniform('A,B', 'b'),
    phase: 'ReplacingLeaves',
    method: 'overlap',
  },
  {
    when: 'the issuer is under B alone and an identity replica still signs under A',
    mesh: { ...uniform('A,B', 'b'), identity: [identity('A,B', 'a')] },
    phase: 'RenewingIdentityIssuer',
    method: 'overlap',
  },
  {
    when: 'the issuer is under B alone while verifiers hold only A',
    mesh: uniform('A', 'b', { bundle: bundle('A,B') }),
    phase: 'PinningSigner',
    method: 'bridge',
  },
  {
    when: 'the issuer is under B alone and the pin is set',
    mesh: uniform('A,B', 'b', pinned),
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
  },
  {
    when: 'the issuer is under B alone and the signer is the bridge',
    mesh: uniform('A,B', 'b', bridged),
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
  },
  {
    when: 'the issuer is under B alone and a stranger signs',
    mesh: uniform('A,B', 'b', { signer: signer('other') }),
    phase: 'off-the-map',
  },
  {
    when: 'the issuer verifies under neither anchor',
    mesh: uniform('A,B', 'a', { issuer: neither }),
    phase: 'off-the-map',
  },
  {
    when: 'the anchor was copied and the issuer is behind the bridge',
    mesh: uniform('A,B', 'x', { ...bridged, ...copied }),
    phase: 'RetiringTrustAnchor',
    method: 'bridge',
  },
  {
    when: 'the signer left the bridge and the issuer did not follow yet',
    mesh: uniform('B', 'x', { ...copied, bridge }),
    phase: 'ReleasingBridge',
    method: 'bridge',
  },
  {
    when: 'only the bridge is left to delete',
    mesh: uniform('B', 'b', { ...copied, bridge }),
    phase: 'ReleasingBridge',
    method: 'bridge',
  },
  {
    when: 'a bridge is left over, but verifiers still hold A',
    mesh: uniform('A,B', 'b', { ...copied, bridge }),
    phase: 'RetiringTrustAnchor',
    method: 'bridge',
  },
  {
    when: 'the anchor was copied, the issuer is under B alone and verifiers still hold A',
    mesh: uniform('A,B', 'b', copied),
    phase: 'RetiringTrustAnchor',
    method: 'overlap',
  },
  {
    when: 'nothing holds A any more',
    mesh: uniform('B', 'b', copied),
    phase: 'Verifying',
    method: 'overlap',
  },
  {
    when: 'the anchor was copied while the issuer is still under A',
    mesh: uniform('A,B', 'a', copied),
    phase: 'off-the-map',
  },
  {
    when: 'the anchor is a third one',
    mesh: uniform('A,B', 'x', { trustAnchor: anchorC }),
    phase: 'off-the-map',
  },
  {
    when: 'previous-anchor holds a third one',
    mesh: uniform('A,B', 'x', { previousAnchor: anchorC }),
    phase: 'off-the-map',
  },
];

describe('locate', () => {
  for (const { when, mesh, phase, method, beforeB } of rows) {
    const known = method === undefined ? '' : `, method ${method}`;
    it(`says ${phase}${known} when ${when}`, () => {
      const position = locate(mesh, beforeB === true ? { a: fingerprints.a } : fingerprints);

      assert.equal(phaseOf(position), phase);
      assert.equal(methodOf(position), method);
      assert.notEqual(position.because, '');
    });
  }

  it('is off the map without a previous anchor once B exists', () => {
    const { previousAnchor: _none, ...without } = uniform('A,B', 'x').objects;

    const position = locate({ ...uniform('A,B', 'x'), objects: without }, fingerprints);

    assert.equal(position.kind, 'off-the-map');
  });

  it('says what to do about every state that is off the map', () => {
    fc.assert(
      fc.property(surveyArbitrary, (full) => {
        const position = locate(full, fingerprints);
        if (position.kind === 'off-the-map') assert.notEqual(position.remedy, '');
      }),
    );
  });
});

/** The states a rotation leaves behind, in the order in which it does. */
const walks: Readonly<Record<Method, readonly Survey[]>> = {
  bridge: [
    survey({ objects: objects(pinned) }),
    uniform('A', 'a', pinned),
    uniform('A', 'a', { ...pinned, bundle: bundle('A,B') }),
    uniform('A', 'a', { ...pinned, bridge, bundle: bundle('A,B') }),
    uniform('A', 'a', { ...bridged, bundle: bundle('A,B') }),
    uniform('A', 'x', { ...bridged, bundle: bundle('A,B') }),
    uniform('A', 'x', { ...bridged, ...copied, bundle: bundle('B') }),
    uniform('B', 'x', { ...bridged, ...copied }),
    uniform('B', 'x', { bridge, ...copied }),
    uniform('B', 'b', { bridge, ...copied }),
    uniform('B', 'b', copied),
  ],
  overlap: [
    survey({ objects: objects(pinned) }),
    uniform('A', 'a', pinned),
    uniform('A', 'a', { ...pinned, bundle: bundle('A,B') }),
    uniform('A,B', 'a', pinned),
    uniform('A,B', 'b'),
    uniform('A,B', 'b', { ...copied, bundle: bundle('A,B') }),
    uniform('A,B', 'b', { ...copied, bundle: bundle('B') }),
    uniform('B', 'b', copied),
  ],
};

describe('a rotation walked step by step', () => {
  for (const method of ['bridge', 'overlap'] as const) {
    it(`never goes back, method ${method}`, () => {
      const order = [...phasesOf('bridge').slice(0, -1), ...phasesOf('overlap').slice(-1)];
      const places = walks[method].map((mesh) => {
        const anchors = mesh.objects.trustAnchor === anchorA ? { a: fingerprints.a } : fingerprints;
        const position = locate(mesh, anchors);
        assert.ok(position.kind === 'in-phase', position.because);
        return order.indexOf(position.phase);
      });

      assert.ok(places.every((place) => place >= 0));
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
      );
      assert.equal(order[places.at(-1) ?? -1], 'Verifying');
    });
  }
});
