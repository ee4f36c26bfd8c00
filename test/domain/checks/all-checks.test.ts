import assert from 'node:assert/strict';
import { allChecks } from '../../../domain/checks/all-checks.ts';
import type { CheckId, CheckVerdict } from '../../../domain/checks/check.ts';
import { checkIds, worstOf } from '../../../domain/checks/check.ts';
import type { CheckFacts, OperatorCondition } from '../../../domain/checks/facts.ts';
import { meshChecks } from '../../../domain/checks/mesh.ts';
import { temporalChecks } from '../../../domain/checks/temporal.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import { checkFacts, found, pkiFacts, temporalFacts, unknown } from '../../support/check-facts.ts';
import {
  anchorA,
  anchorB,
  bundle,
  objects,
  survey,
  uniform,
} from '../../support/survey-builder.ts';

import { onlyProblem, rowsOf, whole, withMesh, withPki } from './judged.ts';

describe('the checks', () => {
  it('find nothing wrong with the mesh of the guide, each check told once at least', () => {
    const rows = rowsOf(checkFacts());

    assert.equal(worstOf(allChecks(checkFacts(), temporalFacts(), whole)), 'success');
    assert.deepEqual([...new Set(rows.map(({ id }) => id))].toSorted(), checkIds.toSorted());
  });

  it('say why they skip what is not there', () => {
    const skipped = rowsOf(checkFacts()).filter(({ description }) => /skipped/.test(description));

    assert.deepEqual(
      skipped.map(({ id, description }) => `${id}: ${/\((.*)\)/.exec(description)?.[1] ?? ''}`),
      [
        'webhook-certificates: skipped: it has no Secret',
        'operator-resource: skipped: its CRD is not installed',
        'operator-reconciles: skipped: its CRD is not installed',
        'operator-ready: skipped: its CRD is not installed',
        'operator-conditions: skipped: its CRD is not installed',
        'operator-spec-accepted: skipped: its CRD is not installed',
        'operator-reaches-temporal: skipped: its CRD is not installed',
      ],
    );
  });

  it('ask for no trust-manager where rotations write the bundle', () => {
    const without = {
      components: found({ certManager: { canDisableRenewal: true } }),
      pki: pkiFacts({
        bundle: found({ detail: 'written by rotations', otherOwners: [] }),
        previousAnchor: found(undefined),
      }),
    };
    const direct = { ...documentedObjects, bundleOwnership: 'direct' } as const;

    const rows = rowsOf(checkFacts({ ...without, objects: direct }));
    assert.deepEqual(
      rows.filter(({ verdict }) => verdict !== 'success'),
      [],
    );
    assert.match(
      rows.find(({ id }) => id === 'trust-manager-installed')?.description ?? '',
      /skipped: rotations write the bundle themselves/,
    );
    const wrong = rowsOf(checkFacts(without)).filter(({ verdict }) => verdict === 'error');
    assert.deepEqual(
      wrong.map(({ id }) => id),
      ['trust-manager-installed', 'previous-anchor'],
    );
  });

  it('look only at what comes before Linkerd when told so', () => {
    const before = allChecks(checkFacts(), undefined, { isBefore: true });

    assert.deepEqual(
      before.flatMap(({ checks }) => checks.map(({ id }) => id)),
      ['cert-manager-installed', 'cert-manager-answers', 'trust-manager-installed', 'rights'],
    );
  });

  it('do not take what could not be looked at for well', () => {
    const row = onlyProblem(withPki({ previousAnchor: unknown('Could not read Secret x') }));

    assert.equal(row.id, 'previous-anchor');
    assert.equal(row.verdict, 'error');
    assert.match(row.problem ?? '', /could not be looked at: Could not read Secret x/);
  });

  it('tell of a renewed anchor before cert-manager signs with it', () => {
    const facts = withMesh({
      survey: survey({ objects: objects({ trustAnchor: anchorB, bundle: bundle('A,B') }) }),
      anchors: {
        a: { certificate: anchorA, pem: 'A' },
        b: { certificate: anchorB, pem: 'B' },
      },
    });
    const row = rowsOf(facts).find(({ id }) => id === 'next-renewal-safe');

    assert.equal(row?.verdict, 'error');
    assert.match(row.problem ?? '', /3 of 3 live proxies would not accept; start linkerd-trust/);
  });

  it('have nothing against a renewed anchor that every proxy holds', () => {
    const facts = withMesh({
      survey: uniform('A,B', 'a'),
      anchors: {
        a: { certificate: anchorA, pem: 'A' },
        b: { certificate: anchorB, pem: 'B' },
      },
    });

    assert.ok(rowsOf(facts).every(({ verdict }) => verdict === 'success'));
  });

  const seen = { generation: 3, observedGeneration: 3 };
  const calls: readonly (readonly [Partial<OperatorCondition>, CheckId, CheckVerdict])[] = [
    [{ type: 'Blocked', status: 'True' }, 'operator-conditions', 'error'],
    [{ type: 'AnchorExpiringSoon', status: 'True' }, 'operator-conditions', 'warning'],
    [{ type: 'Ready', status: 'False' }, 'operator-ready', 'error'],
    [{ type: 'SpecAccepted', status: 'False' }, 'operator-spec-accepted', 'warning'],
    [
      { type: 'SpecAccepted', status: 'False', reason: 'StartFailed' },
      'operator-spec-accepted',
      'error',
    ],
    [{ type: 'TemporalReachable', status: 'False' }, 'operator-reaches-temporal', 'error'],
  ];
  for (const [told, id, verdict] of calls) {
    const { type = '', status = '', reason = 'Gate' } = told;
    it(`tell what the operator calls a person for: ${type} ${status} (${reason})`, () => {
      const condition = { type, status, reason, detail: `${reason}: 2 proxies lag` };
      const row = onlyProblem(
        checkFacts({
          operator: found({ isInstalled: true, resource: { ...seen, conditions: [condition] } }),
        }),
      );

      assert.deepEqual([row.id, row.verdict], [id, verdict]);
      assert.match(row.problem ?? '', new RegExp(`condition ${type}.*: ${reason}: 2 proxies lag`));
    });
  }

  for (const [what, observed] of [
    ['nobody has ever reconciled', {}],
    ['nobody reconciles any more', { observedGeneration: 2 }],
  ] as const) {
    it(`tell of a resource that ${what}`, () => {
      const resource = { generation: 3, conditions: [], ...observed };
      const row = onlyProblem(checkFacts({ operator: found({ isInstalled: true, resource }) }));

      assert.deepEqual([row.id, row.verdict, row.mayPass], ['operator-reconciles', 'error', true]);
    });
  }

  it('miss the resource where the operator is installed', () => {
    const row = onlyProblem(checkFacts({ operator: found({ isInstalled: true }) }));

    assert.equal(row.id, 'operator-resource');
    assert.equal(row.verdict, 'warning');
  });

  it('fail for a Temporal that somebody named and that does not answer', () => {
    const row = onlyProblem(checkFacts(), temporalFacts({ reachable: unknown('no answer') }));

    assert.equal(row.verdict, 'error');
    assert.equal(row.problem, 'no answer');
  });

  it('leave Temporal to the condition of the resource where nobody has named a server', () => {
    const operator = (status: string): Partial<CheckFacts> => ({
      operator: found({
        isInstalled: true,
        resource: {
          generation: 1,
          observedGeneration: 1,
          conditions: [{ type: 'TemporalReachable', status, reason: 'r', detail: 'd' }],
        },
      }),
    });
    const reasons = (more: Partial<CheckFacts>): readonly unknown[] =>
      temporalChecks(checkFacts(more), undefined).checks.map(
        ({ verdict, description }) =>
          verdict === 'success' && /\(skipped: (.*)\)$/.exec(description)?.[1],
      );
    const unnamed = 'no server is named';

    assert.deepEqual(reasons({}), [unnamed, unnamed, unnamed]);
    assert.deepEqual(reasons(operator('False')), [unnamed, unnamed, unnamed]);
    assert.equal(reasons(operator('True'))[0], `${unnamed}; the operator reaches its own`);
    assert.equal(onlyProblem(checkFacts(operator('False'))).id, 'operator-reaches-temporal');
  });

  it('only warn of search attributes that the server does not show', () => {
    const row = onlyProblem(
      checkFacts(),
      temporalFacts({ searchAttributes: found({ unseen: 'not shown' }) }),
    );
    assert.deepEqual(
      [row.id, row.verdict, row.problem],
      ['search-attributes', 'warning', 'not shown'],
    );
  });

  it('miss a worker where Temporal answers', () => {
    const row = onlyProblem(checkFacts(), temporalFacts({ worker: unknown('nothing polls') }));

    assert.equal(row.id, 'worker-polls');
    assert.equal(row.verdict, 'error');
  });

  it('do not take a namespace without proxies for one in which all is well', () => {
    const { checks } = meshChecks(checkFacts(), { namespace: 'shpo' });
    const row = checks.find(({ id }) => id === 'proxies-accept-issuer');

    assert.equal(row?.verdict, 'warning');
    assert.match(row.problem ?? '', /in namespace shpo; check the name/);
  });

  it('name the first of the missing rights', () => {
    const row = onlyProblem(checkFacts({ missingRights: found(['get a', 'get b']) }));

    assert.equal(row.verdict, 'warning');
    assert.match(row.problem ?? '', /2 of the rights are missing, among them get a; get b/);
  });
});
