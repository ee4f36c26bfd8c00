import assert from 'node:assert/strict';
import { found, unknown } from '../../support/check-facts.ts';
import { onlyProblem, rowsOf, withPki } from './judged.ts';

describe('the check for keys in annotations', () => {
  const [anchor, issuer] = [
    { namespace: 'cert-manager', name: 'linkerd-trust-anchor' },
    { namespace: 'linkerd', name: 'linkerd-identity-issuer' },
  ] as const;

  it('is well where no Secret has one', () => {
    const row = rowsOf(withPki({})).find(({ id }) => id === 'no-applied-keys');
    assert.equal(row?.verdict, 'success');
  });

  it('warns of each Secret that has one, with the command that removes it', () => {
    const { id, verdict, problem } = onlyProblem(withPki({ appliedKeys: found([anchor, issuer]) }));
    assert.deepEqual([id, verdict], ['no-applied-keys', 'warning']);
    assert.match(
      problem ?? '',
      /annotation of Secret cert-manager\/linkerd-trust-anchor, linkerd\/linkerd-identity-issuer,/,
    );
    assert.match(
      problem ?? '',
      /: kubectl annotate secret linkerd-trust-anchor -n cert-manager kubectl\.kubernetes\.io\/last-applied-configuration-$/,
    );
  });

  it('does not take Secrets that cannot be read for well', () => {
    const row = onlyProblem(withPki({ appliedKeys: unknown('a right is missing') }));
    assert.equal(row.verdict, 'error');
  });
});
