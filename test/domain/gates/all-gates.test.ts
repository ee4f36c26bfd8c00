import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isConverged } from '../../../domain/convergence.ts';
import { allGates } from '../../../domain/gates/all-gates.ts';
import type { GateName } from '../../../domain/gates/gate.ts';
import type { Survey } from '../../../domain/survey.ts';
import { issuerVerifiesUnder, unknownHeld, unknownPresented } from '../../../domain/trust.ts';
import { forgettings, surveyArbitrary } from '../../support/arbitraries.ts';
import {
  bundle,
  held,
  identity,
  injector,
  issuer,
  leaf,
  signer,
  uniform,
} from '../../support/survey-builder.ts';

const pinned = { signer: signer('previous-anchor') };

/** For each gate a mesh in which it has just passed. */
const converged: Readonly<Record<GateName, Survey>> = {
  'signer-pinned': uniform('A', 'a', pinned),
  'bundle-holds-both': uniform('A', 'a', { ...pinned, bundle: bundle('A,B') }),
  'fleet-holds-both': uniform('A,B', 'a', pinned),
  'fleet-accepts-bridge': uniform('A', 'a', { ...pinned, bundle: bundle('A,B') }),
  'issuer-bridged': uniform('A', 'x', { signer: signer('bridge') }),
  'issuer-switched': uniform('A,B', 'b'),
  'issuer-swung-back': uniform('A,B', 'a', pinned),
  'leaves-under-new-anchor': uniform('A,B', 'x', { signer: signer('bridge') }),
  'leaves-under-old-anchor': uniform('A,B', 'x', pinned),
  'bundle-holds-new-only': uniform('A,B', 'x', { bundle: bundle('B') }),
  'fleet-holds-new-only': uniform('B', 'x'),
  'bridge-released': uniform('B', 'b'),
};

/** One thing that is not as it should be, and how the laggard is named. */
interface Deviation {
  readonly what: string;
  readonly laggard: string;
  readonly change: (full: Survey) => Survey;
}

function changeProxy(full: Survey, change: Partial<Survey['proxies'][number]>): Survey {
  const [first, ...others] = full.proxies;
  assert.ok(first !== undefined);
  return { ...full, proxies: [{ ...first, ...change }, ...others] };
}

function changeIdentity(full: Survey, change: Partial<Survey['identity'][number]>): Survey {
  const second = identity('A,B', 'x', { ...full.identity[0], pod: 'identity-2', ...change });
  return { ...full, identity: [...full.identity, second] };
}

function proxyHolds(letters: keyof typeof held): Deviation {
  return {
    what: `a proxy that holds ${letters}`,
    laggard: 'pod shop/web-1',
    change: (full) => changeProxy(full, { holds: held[letters] }),
  };
}

function proxyPresents(letters: keyof typeof leaf): Deviation {
  return {
    what: `a proxy that presents ${letters}`,
    laggard: 'pod shop/web-1',
    change: (full) => changeProxy(full, { presents: leaf[letters] }),
  };
}

function proxyAnswersBridge(answer: 'no' | 'unknown'): Deviation {
  return {
    what: `a proxy whose answer to the bridge probe is ${answer}`,
    laggard: 'pod shop/web-1',
    change: (full) => changeProxy(full, { acceptsBridge: answer }),
  };
}

function identityHolds(letters: keyof typeof held): Deviation {
  return {
    what: `an identity process that holds ${letters}`,
    laggard: 'identity replica identity-2',
    change: (full) => changeIdentity(full, { holds: held[letters] }),
  };
}

function identitySigns(kind: 'a' | 'b'): Deviation {
  return {
    what: `an identity replica that still signs ${kind}`,
    laggard: 'identity replica identity-2',
    change: (full) => changeIdentity(full, { signs: issuerVerifiesUnder[kind] }),
  };
}

function identityUses(answer: 'no' | 'unknown'): Deviation {
  return {
    what: `an identity replica whose use of the issuer is ${answer}`,
    laggard: 'identity replica identity-2',
    change: (full) => changeIdentity(full, { usesCurrentIssuer: answer }),
  };
}

function injectorHandsOut(letters: keyof typeof held): Deviation {
  return {
    what: `an injector that hands out ${letters}`,
    laggard: 'injector replica injector-2',
    change: (full) => ({
      ...full,
      injectors: [...full.injectors, injector(letters, { pod: 'injector-2' })],
    }),
  };
}

function secretHolds(kind: 'a' | 'x' | 'b'): Deviation {
  return {
    what: `an issuer of kind ${kind} in the Secret`,
    laggard: 'issuer in the Secret',
    change: (full) => ({ ...full, objects: { ...full.objects, issuer: issuer(kind) } }),
  };
}

function bundleHolds(letters: keyof typeof held): Deviation {
  return {
    what: `a bundle that holds ${letters}`,
    laggard: 'trust bundle',
    change: (full) => ({ ...full, objects: { ...full.objects, bundle: bundle(letters) } }),
  };
}

const noInjector: Deviation = {
  what: 'no injector at all',
  laggard: 'proxy injector',
  change: (full) => ({ ...full, injectors: [] }),
};

const noIdentity: Deviation = {
  what: 'no identity replica at all',
  laggard: 'linkerd-identity',
  change: (full) => ({ ...full, identity: [] }),
};

const foreignSigner: Deviation = {
  what: 'a signer that is not the previous anchor',
  laggard: 'ClusterIssuer',
  change: (full) => ({ ...full, objects: { ...full.objects, signer: signer('trust-anchor') } }),
};

const unpinnedUses = [identityUses('no'), identityUses('unknown'), noIdentity];

const deviations: Readonly<Record<GateName, readonly Deviation[]>> = {
  'signer-pinned': [foreignSigner],
  'bundle-holds-both': ['A', 'B', 'unknown'].map((letters) => bundleHolds(letterOf(letters))),
  'fleet-holds-both': [
    ...(['A', 'B', 'none', 'unknown'] as const).map(proxyHolds),
    ...(['A', 'B', 'unknown'] as const).map(identityHolds),
    ...(['A', 'B', 'unknown'] as const).map(injectorHandsOut),
    noInjector,
  ],
  'fleet-accepts-bridge': [
    proxyAnswersBridge('no'),
    proxyAnswersBridge('unknown'),
    proxyHolds('none'),
    proxyHolds('unknown'),
    identityHolds('unknown'),
  ],
  'issuer-bridged': [secretHolds('a'), secretHolds('b'), ...unpinnedUses],
  'issuer-switched': [secretHolds('a'), secretHolds('x'), ...unpinnedUses],
  'issuer-swung-back': [secretHolds('x'), secretHolds('b'), ...unpinnedUses],
  'leaves-under-new-anchor': [
    ...(['a', 'expired', 'unknown', 'foreign'] as const).map(proxyPresents),
    identitySigns('a'),
    secretHolds('a'),
  ],
  'leaves-under-old-anchor': [
    ...(['b', 'expired', 'unknown', 'foreign'] as const).map(proxyPresents),
    identitySigns('b'),
    secretHolds('b'),
  ],
  'bundle-holds-new-only': ['A', 'A,B', 'unknown'].map((letters) => bundleHolds(letterOf(letters))),
  'fleet-holds-new-only': [
    ...(['A', 'A,B', 'none', 'unknown'] as const).map(proxyHolds),
    ...(['A,B', 'unknown'] as const).map(identityHolds),
    ...(['A,B', 'unknown'] as const).map(injectorHandsOut),
    noInjector,
  ],
  'bridge-released': [secretHolds('a'), secretHolds('x'), ...unpinnedUses],
};

function letterOf(text: string): keyof typeof held {
  assert.ok(text === 'A' || text === 'A,B' || text === 'B' || text === 'unknown');
  return text;
}

for (const gate of Object.values(allGates)) {
  describe(`gate ${gate.name}`, () => {
    it('passes where everything has converged', () => {
      assert.deepEqual(gate.judge(converged[gate.name]).laggards, []);
      assert.ok(isConverged(gate.judge(converged[gate.name])));
    });

    for (const { what, laggard, change } of deviations[gate.name]) {
      it(`is held up by ${what}, and by nothing else`, () => {
        const judged = gate.judge(change(converged[gate.name]));

        assert.ok(!isConverged(judged));
        assert.deepEqual([...new Set(judged.laggards.map((one) => one.what))], [laggard]);
      });
    }

    it('never passes on less knowledge than it failed on', () => {
      fc.assert(
        fc.property(surveyArbitrary, (full) => {
          if (isConverged(gate.judge(full))) return;
          for (const less of forgettings(full)) assert.ok(!isConverged(gate.judge(less)));
        }),
      );
    });
  });
}

describe('gates about the fleet', () => {
  const aboutProxies = [
    'fleet-holds-both',
    'fleet-accepts-bridge',
    'leaves-under-new-anchor',
    'leaves-under-old-anchor',
    'fleet-holds-new-only',
  ] as const;

  it('never pass with one proxy of which nothing is known', () => {
    const forgotten = {
      holds: unknownHeld,
      presents: unknownPresented,
      acceptsBridge: 'unknown',
    } as const;
    fc.assert(
      fc.property(fc.constantFrom(...aboutProxies), fc.nat(2), (name, index) => {
        const full = converged[name];
        const known = full.proxies[index];
        assert.ok(known !== undefined);
        const less = { ...full, proxies: full.proxies.with(index, { ...known, ...forgotten }) };

        assert.ok(isConverged(allGates[name].judge(full)));
        assert.ok(!isConverged(allGates[name].judge(less)));
      }),
    );
  });

  it('count a pod that has not started by what it will hold', () => {
    for (const name of ['fleet-holds-both', 'fleet-holds-new-only'] as const) {
      const late = changeProxy(converged[name], {
        lifecycle: 'pending',
        holds: held.A,
        presents: leaf.none,
      });

      assert.ok(!isConverged(allGates[name].judge(late)));
    }
  });
});
