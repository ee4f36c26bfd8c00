import assert from 'node:assert/strict';
import { heldBy, inspectFleet } from '../../domain/fleet-inspection.ts';
import { bundle, held, identityProxy, objects, proxy, survey } from '../support/survey-builder.ts';

const settleMs = 120_000;

describe('the inspection of a fleet', () => {
  it('finds nothing behind in a mesh at rest', () => {
    const { bundle: holding, leaves, lagging } = inspectFleet(survey(), { settleMs });

    assert.deepEqual(holding, { converged: 3, total: 3 });
    assert.deepEqual(leaves, { converged: 3, total: 3 });
    assert.deepEqual(lagging, []);
  });

  it('names a proxy once for its leaf and once for its anchors, with what to do', () => {
    const seen = survey({
      objects: objects({ bundle: bundle('A,B') }),
      proxies: [proxy('web', 'A', 'expired'), proxy('db', 'A,B', 'a')],
    });
    const { lagging, leaves } = inspectFleet(seen, { settleMs });

    assert.deepEqual(
      lagging.map(({ about, what, severity, remedy }) => [about, what, severity, remedy]),
      [
        ['leaf', 'pod shop/web-1', 'error', 'restart Deployment shop/web'],
        ['bundle', 'pod shop/web-1', 'warning', 'restart Deployment shop/web'],
      ],
    );
    assert.deepEqual(leaves, { converged: 1, total: 2 });
  });

  it('waits for the refresh of a leaf that is of the old kind and still good', () => {
    const seen = survey({
      objects: objects({
        bundle: bundle('A,B'),
        issuer: { ...survey().objects.issuer, under: held['A,B'] },
      }),
      proxies: [proxy('web', 'A,B', 'a')],
    });
    const [lag] = inspectFleet(seen, { settleMs }).lagging;

    assert.equal(lag?.severity, 'warning');
    assert.match(lag.reason, /of kind a, the issuer makes x/);
    assert.match(lag.remedy, /wait for its next refresh/);
  });

  it('looks at one namespace alone when told so', () => {
    const seen = survey({
      proxies: [proxy('web', 'A', 'expired'), proxy('db', 'A', 'a', { namespace: 'data' })],
    });

    assert.deepEqual(inspectFleet(seen, { settleMs, namespace: 'data' }).lagging, []);
    assert.equal(inspectFleet(seen, { settleMs, namespace: 'data' }).bundle.total, 1);
  });

  it('says that it saw no proxy, which a mistyped namespace brings about', () => {
    assert.equal(inspectFleet(survey(), { settleMs }).absent, undefined);
    assert.match(inspectFleet(survey(), { settleMs, namespace: 'shpo' }).absent ?? '', / shpo$/);
  });

  it('knows what a control-plane proxy holds that started after the bundle had settled', () => {
    const since = '2026-05-01T00:00:00.000Z';
    const started = (startedAt: string) =>
      heldBy(identityProxy('unknown', 'a', { startedAt }), bundle('A', { since }), settleMs);

    assert.deepEqual(started('2026-05-01T00:02:00.000Z'), held['A']);
    assert.deepEqual(started('2026-05-01T00:01:59.000Z'), held['unknown']);
  });

  it('does not take a pod that is only starting for one without a leaf', () => {
    const starting = proxy('web', 'A', 'none', { lifecycle: 'pending' });
    const broken = proxy('db', 'A', 'none');

    const { lagging } = inspectFleet(survey({ proxies: [starting, broken] }), { settleMs });

    assert.deepEqual(
      lagging.map(({ what, severity }) => [what, severity]),
      [['pod shop/db-1', 'error']],
    );
  });
});
