import assert from 'node:assert/strict';
import { certificateSettings, found, unknown } from '../../support/check-facts.ts';
import { onlyProblem, rowsOf, withPki } from './judged.ts';

describe('the checks of a mesh whose anchors are handed in', () => {
  const sources = { anchor: 'imported', bridge: 'certManager' } as const;
  const none = unknown('Certificate cert-manager/linkerd-trust-anchor does not exist');

  it('ask for no Certificate of the anchor', () => {
    const rows = rowsOf({ ...withPki({ anchor: none }), sources });
    assert.deepEqual(
      rows.filter(({ verdict }) => verdict !== 'success'),
      [],
    );
    assert.ok(
      rows.some(({ description }) => /skipped: its owner hands anchors in/.test(description)),
    );
    const asked = rowsOf(withPki({ anchor: none })).filter(({ verdict }) => verdict === 'error');
    assert.ok(asked.length >= 4, 'where cert-manager is the source it is missed');
  });

  it('find the Certificate that would write over the anchor', () => {
    const problem = onlyProblem({ ...withPki({}), sources });
    assert.equal(problem.id, 'anchor-certificate-ready');
    assert.match(problem.problem ?? '', /would write over an anchor that its owner hands in/);
  });

  it('still judge the identity issuer', () => {
    const kept = found(certificateSettings({ rotationPolicy: 'Never' }));
    const problem = onlyProblem({ ...withPki({ anchor: none, issuer: kept }), sources });
    assert.equal(problem.id, 'rotation-policy-always');
  });
});
