import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { Check } from '../../../domain/checks/check.ts';
import { checkedAtMs, found, secretFacts } from '../../support/check-facts.ts';
import { fakeCertificate } from '../../support/fake-certificates.ts';
import { anchorA } from '../../support/survey-builder.ts';
import { onlyProblem, rowsOf, withPki } from './judged.ts';

const dayMs = 86_400_000;

/** It was made a year before its end. */
function signerUntil(endMs: number): CertificateFacts {
  return fakeCertificate({
    subject: 'CN=below',
    key: 'I',
    signer: anchorA,
    isCa: true,
    notBefore: new Date(endMs - 365 * dayMs).toISOString(),
    notAfter: new Date(endMs).toISOString(),
  });
}

function problemWith(intermediate: CertificateFacts): Check {
  return onlyProblem(withPki({ anchorSecret: found(secretFacts({ intermediate })) }));
}

describe('the checks of a mesh whose root keeps its key elsewhere', () => {
  it('are content with an intermediate CA that signs for it', () => {
    const intermediate = signerUntil(checkedAtMs + 200 * dayMs);
    const rows = rowsOf(withPki({ anchorSecret: found(secretFacts({ intermediate })) }));
    assert.deepEqual(
      rows.filter(({ verdict }) => verdict !== 'success'),
      [],
    );
  });

  it('find a key of it that Linkerd cannot work with', () => {
    const intermediate = {
      ...signerUntil(checkedAtMs + 200 * dayMs),
      keyAlgorithm: 'RSA 2048',
    } as const;
    const { id, verdict, problem } = problemWith(intermediate);
    assert.deepEqual([id, verdict], ['key-algorithms', 'error']);
    assert.match(problem ?? '', /^the intermediate CA .* has a key of RSA 2048/);
  });

  it('warn of its end, which no rotation moves', () => {
    const { id, verdict, problem } = problemWith(signerUntil(checkedAtMs + 30 * dayMs));
    assert.deepEqual([id, verdict], ['anchor-expiry', 'warning']);
    assert.match(problem ?? '', /^the intermediate CA .* ends on .*; have the anchor's owner sign/);
  });

  it('find that it ends before an identity issuer that is made now', () => {
    const intermediate = signerUntil(checkedAtMs + dayMs);
    const wrong = rowsOf(withPki({ anchorSecret: found(secretFacts({ intermediate })) })).find(
      ({ id }) => id === 'durations-fit',
    );
    assert.equal(wrong?.verdict, 'error');
    assert.match(wrong.problem ?? '', /would outlive the intermediate CA that signs it/);
  });

  it('find a Bundle that takes it in place of the root', () => {
    const unfit = { what: 'Bundle x', reason: 'takes tls.crt', remedy: 'let it take ca.crt' };
    const bundle = found({ synced: true, detail: 'Synced', unfitSources: [unfit] });
    const { id, verdict, problem } = onlyProblem(withPki({ bundle }));
    assert.deepEqual([id, verdict], ['bundle-synced', 'error']);
    assert.equal(problem, 'Bundle x takes tls.crt; let it take ca.crt');
  });
});
