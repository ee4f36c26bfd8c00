import fc from 'fast-check';
import type { Survey } from '../../domain/survey.ts';
import type { Held, Knowledge, Peer, Presented } from '../../domain/trust.ts';
import {
  anchorA,
  anchorB,
  bundle,
  identity,
  identityProxy,
  injector,
  issuer,
  objects,
  proxy,
  signer,
  survey,
} from './survey-builder.ts';
import type { HeldLetters, LeafLetters } from './survey-builder.ts';

export const knowledge = fc.constantFrom<Knowledge>('yes', 'no', 'unknown');
export const heldArbitrary: fc.Arbitrary<Held> = fc.record({ a: knowledge, b: knowledge });
export const presentedArbitrary: fc.Arbitrary<Presented> = fc.record({
  leaf: fc.constantFrom('valid', 'expired', 'none', 'unknown'),
  a: knowledge,
  b: knowledge,
});
export const peerArbitrary: fc.Arbitrary<Peer> = fc.record({
  holds: heldArbitrary,
  presents: presentedArbitrary,
});

const someHeld = fc.constantFrom<HeldLetters>('A', 'A,B', 'B', 'unknown');
const someLeaf = fc.constantFrom<LeafLetters>('a', 'x', 'b', 'expired', 'none', 'unknown');
const someKind = fc.constantFrom('a', 'x', 'b');

const someProxy = fc
  .record({
    holds: someHeld,
    presents: someLeaf,
    acceptsBridge: knowledge,
    lifecycle: fc.constantFrom('pending', 'running', 'terminating'),
    ofIdentity: fc.boolean(),
  })
  .map(({ holds, presents, ofIdentity, ...more }) =>
    ofIdentity ? identityProxy(holds, presents, more) : proxy('web', holds, presents, more),
  );

const someObjects = fc
  .record({
    trustAnchor: fc.constantFrom(anchorA, anchorB),
    previousAnchor: fc.constantFrom(anchorA, anchorB),
    signer: fc.constantFrom('trust-anchor', 'previous-anchor', 'bridge', 'other').map(signer),
    bundle: someHeld.map((letters) => bundle(letters)),
    issuer: someKind.map(issuer),
  })
  .map(objects);

/** Any survey, sensible or not: decisions must keep their laws on all of them. */
export const surveyArbitrary: fc.Arbitrary<Survey> = fc
  .record({
    objects: someObjects,
    proxies: fc.array(someProxy, { maxLength: 4 }),
    identity: fc.array(
      fc
        .tuple(someHeld, someKind, knowledge)
        .map(([holds, kind, uses]) => identity(holds, kind, { usesCurrentIssuer: uses })),
      { maxLength: 2 },
    ),
    injectors: fc.array(
      someHeld.map((letters) => injector(letters)),
      { maxLength: 2 },
    ),
  })
  .map(survey);

/** Every way in which the survey can know one thing less, about one proxy or one replica. */
export function forgettings(full: Survey): readonly Survey[] {
  const proxies = full.proxies.flatMap((known, index) =>
    [
      { holds: { ...known.holds, a: 'unknown' as const } },
      { holds: { ...known.holds, b: 'unknown' as const } },
      { acceptsBridge: 'unknown' as const },
      { presents: { ...known.presents, leaf: 'unknown' as const } },
    ].map((loss) => ({ ...full, proxies: full.proxies.with(index, { ...known, ...loss }) })),
  );
  const replicas = full.identity.flatMap((known, index) =>
    [
      { holds: { ...known.holds, a: 'unknown' as const } },
      { holds: { ...known.holds, b: 'unknown' as const } },
      { signs: { ...known.signs, b: 'unknown' as const } },
      { usesCurrentIssuer: 'unknown' as const },
    ].map((loss) => ({ ...full, identity: full.identity.with(index, { ...known, ...loss }) })),
  );
  const injectors = full.injectors.map((known, index) => ({
    ...full,
    injectors: full.injectors.with(index, { ...known, handsOut: { a: 'unknown', b: 'unknown' } }),
  })) satisfies readonly Survey[];
  return [...proxies, ...replicas, ...injectors];
}
