import assert from 'node:assert/strict';
import { canTalk } from '../../../domain/trust.ts';
import { held, leaf } from '../../support/survey-builder.ts';
import type { MoveKind } from './environment.ts';
import type { Exploration } from './explorer.ts';
import { explore } from './explorer.ts';
import { controls, spoiledMesh, withOddProxy } from './guards.ts';
import type { MeshModel, ModelOptions } from './mesh-model.ts';
import { meshModel } from './mesh-model.ts';
import { handshake } from './physics.ts';
import type { State, Topology } from './state.ts';

/**
 * A proof by exhaustion: a small mesh, everything that may happen in it at any moment, and a rotation
 * that moves whenever the real decisions let it. `EXPLORATION_TRACES=1` prints the shortest trace to
 * each violation that a missing guard leads to.
 */

const twoApps: Topology = { apps: 2, identity: 1, injectors: 1 };
const twoReplicas: Topology = { apps: 1, identity: 2, injectors: 1 };
const twoInjectors: Topology = { apps: 1, identity: 1, injectors: 2 };
const smallest: Topology = { apps: 1, identity: 1, injectors: 1 };

type PaceName = 'natural' | 'steady' | 'urgent';

interface Proof {
  readonly what: string;
  /** The paces at which the end can be reached; all without it. */
  readonly paces?: readonly PaceName[];
  readonly options: Omit<ModelOptions, 'method'>;
}

const killed = { interruptions: true };
const proofs: readonly Proof[] = [
  {
    what: 'two applications, killed, resumed and aborted at any point',
    options: { topology: twoApps, ...killed },
  },
  {
    what: 'two injector replicas, killed, resumed and aborted at any point',
    options: { topology: twoInjectors, ...killed },
  },
  {
    what: 'cross-signing refused or not, killed, resumed and aborted at any point',
    options: { topology: smallest, refusable: true, ...killed },
  },
  { what: 'two identity replicas', options: { topology: twoReplicas } },
  {
    what: 'a proxy that refuses the bridge, until somebody deploys it',
    paces: ['natural'],
    options: { topology: twoInjectors, initial: withOddProxy },
  },
  {
    what: 'an old anchor of path length 0',
    options: { topology: twoApps, pathLengthZero: true },
  },
];

/** What goes on by itself in a mesh that nobody disturbs. */
const quiet: readonly MoveKind[] = [
  'cert-manager renews the issuer',
  'trust-manager writes the bundle',
  'all mounts show the bundle',
  'app refreshes its leaf',
  'app pod starts',
  'identity proxy refreshes its leaf',
  'rotation takes a step',
  'a person restarts an unknown identity process',
];
/** What deploys, crashes and reloads add: nothing that the rotation does. */
const churn: readonly MoveKind[] = [
  'app is deployed',
  'app container restarts',
  'leaf lapses',
  'identity reloads the issuer',
  'identity container restarts',
  'identity proxy restarts',
  'injector sees the bundle',
];
const restart = 'rotation restarts a workload';
const paces: Readonly<Record<PaceName, ReadonlySet<MoveKind>>> = {
  natural: new Set([...quiet, ...churn]),
  // Without reloads, deploys and refreshed mounts: the rotation's own restarts must be enough.
  steady: new Set([...quiet, restart]),
  urgent: new Set([...quiet, restart, 'rotation restarts a workload for its leaf']),
};

const allPaces: readonly PaceName[] = ['natural', 'steady', 'urgent'];

function count(figure: number): string {
  return figure.toLocaleString('en');
}

function runAndNote(context: Mocha.Context, model: MeshModel): Exploration {
  const result = explore(model);
  const figures = `${count(result.states)} states, ${count(result.moves)} moves`;
  if (context.test !== undefined) context.test.title += ` (${figures})`;
  return result;
}

function assertSafe({ violation }: Exploration): void {
  assert.equal(violation, undefined, `${violation?.what}\n${violation?.trace.join('\n')}`);
}

describe('the model of a mesh', () => {
  it('agrees with the trust algebra on every handshake', () => {
    const heldBy = { 1: held.A, 2: held.B, 3: held['A,B'] };
    const presentedBy = { 0: leaf.none, 1: leaf.a, 2: leaf.b, 3: leaf.x, 4: leaf.expired };
    const ends = ([1, 2, 3] as const).flatMap((holds) =>
      ([0, 1, 2, 3, 4] as const).map((presents) => ({ holds, leaf: presents, odd: false })),
    );
    for (const one of ends) {
      for (const other of ends) {
        const [left, right] = [one, other].map((end) => ({
          holds: heldBy[end.holds],
          presents: presentedBy[end.leaf],
        }));
        assert.ok(left !== undefined && right !== undefined);
        assert.equal(canTalk(left, right), handshake(one, other) ? 'yes' : 'no');
      }
    }
  });
});

for (const method of ['bridge', 'overlap'] as const) {
  describe(`in every reachable state of a rotation by ${method}`, () => {
    for (const { what, options, paces: possible = allPaces } of proofs) {
      it(`all can talk, renew and restart, and the end stays in reach: ${what}`, function () {
        const model = meshModel({ ...options, method });

        const result = runAndNote(this, model);

        assertSafe(result);
        const isGoal = (state: State): boolean =>
          ['completed', 'held'].includes(model.nameOf(state));
        for (const pace of possible) {
          const about = (state: State): boolean => !state.spoiled;
          const { count: lost, trace } = result.stranded({ isGoal, about, moves: paces[pace] });
          assert.equal(lost, 0, `${count(lost)} states at pace ${pace}\n${trace.join('\n')}`);
        }
      });
    }
  });
}

describe('a mesh that another hand has spoiled', () => {
  it('is brought to the end from every state, with no harm done once it is healed', function () {
    const model = meshModel({
      method: 'bridge',
      topology: smallest,
      healing: true,
      initial: spoiledMesh,
    });

    const result = runAndNote(this, model);

    assertSafe(result);
    const { count: lost, trace } = result.stranded({
      isGoal: (state) => model.nameOf(state) === 'completed',
      moves: new Set([...quiet, ...churn, restart]),
    });
    assert.equal(lost, 0, trace.join('\n'));
  });
});

describe('a rotation without one of its guards does harm', () => {
  for (const { name, options, breaks } of controls) {
    it(name, function () {
      const result = runAndNote(this, meshModel({ topology: twoInjectors, ...options }));

      const { violation } = result;
      assert.ok(violation !== undefined, 'no violation was found');
      assert.ok(
        breaks.some((what) => what === violation.what),
        violation.what,
      );
      if (process.env['EXPLORATION_TRACES'] !== undefined) {
        process.stdout.write(`\n${name}\n${violation.trace.join('\n')}\n=> ${violation.what}\n`);
      }
    });
  }
});
