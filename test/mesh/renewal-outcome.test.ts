import assert from 'node:assert/strict';
import type { CertificateRequestObject } from '../../mesh/certificate-requests.ts';
import type { CertificateState } from '../../mesh/certificates.ts';
import type { RenewalMark, RenewalSight } from '../../mesh/renewal-outcome.ts';
import { judgeRenewal } from '../../mesh/renewal-outcome.ts';
import type { TlsSecretFacts } from '../../mesh/tls-secret.ts';
import { fakeCertificate } from '../support/fake-certificates.ts';

const before = fakeCertificate({ subject: 'CN=root', key: 'a', isCa: true });
const after = fakeCertificate({
  subject: 'CN=root',
  key: 'b',
  isCa: true,
  notAfter: '2028-01-01T00:00:00.000Z',
});
const since: RenewalMark = { uid: 'u', revision: 1, fingerprint: before.fingerprint };
const noFailures = { failedIssuanceAttempts: 0 };

const issuing = { type: 'Issuing', status: 'True' };
const ready = { type: 'Ready', status: 'True' };

function state(over: Partial<CertificateState> = {}): CertificateState {
  return {
    name: 'anchor',
    namespace: 'cert-manager',
    uid: 'u',
    resourceVersion: '1',
    generation: 1,
    annotations: {},
    secretName: 'anchor',
    issuerRef: { name: 'root' },
    isCa: true,
    usages: [],
    revision: 1,
    failedIssuanceAttempts: 0,
    ready,
    notAfter: after.notAfter,
    ...over,
  };
}

function secret(over: Partial<TlsSecretFacts> = {}): TlsSecretFacts {
  return {
    certificate: after,
    chain: [after],
    chainPem: '',
    hasKey: true,
    resourceVersion: '1',
    labels: {},
    type: 'kubernetes.io/tls',
    ...over,
  };
}

function request(
  conditions: CertificateRequestObject['status']['conditions'] = [],
  certificate?: string,
): CertificateRequestObject {
  return {
    metadata: { name: 'anchor-2', namespace: 'cert-manager', uid: 'r' },
    spec: { request: '' },
    status: { conditions, ...(certificate === undefined ? {} : { certificate }) },
  };
}

/** The furthest step, or the kind of the outcome when it is over. */
function judge(sight: Partial<RenewalSight>): string {
  const outcome = judgeRenewal(
    { state: state(), secret: secret(), request: undefined, ...sight },
    since,
    noFailures,
  );
  return outcome.kind === 'pending' ? outcome.furthestStep : outcome.kind;
}

describe('the outcome of a renewal', () => {
  it('is issued when Secret, revision, conditions and dates agree', () => {
    const outcome = judgeRenewal(
      { state: state({ revision: 2 }), secret: secret(), request: undefined },
      since,
      noFailures,
    );

    assert.ok(outcome.kind === 'issued');
    assert.equal(outcome.renewed.certificate, after);
    assert.equal(outcome.renewed.revision, 2);
  });

  const pending: readonly {
    readonly name: string;
    readonly sight: Partial<RenewalSight>;
    readonly step: RegExp;
  }[] = [
    {
      name: 'Ready still means the certificate from before',
      sight: { state: state({ issuing }), secret: secret({ certificate: before }) },
      step: /waiting for its next private key/,
    },
    {
      name: 'the key exists',
      sight: {
        state: state({ issuing, nextPrivateKeySecretName: 'k' }),
        secret: secret({ certificate: before }),
      },
      step: /waiting for the CertificateRequest/,
    },
    {
      name: 'the request is not approved',
      sight: { state: state({ issuing }), secret: undefined, request: request() },
      step: /anchor-2 is neither approved nor denied/,
    },
    {
      name: 'the issuer has not answered',
      sight: {
        state: state({ issuing }),
        secret: undefined,
        request: request([
          { type: 'Approved', status: 'True' },
          { type: 'Ready', status: 'False', reason: 'Pending', message: 'Secret missing' },
        ]),
      },
      step: /is approved and waits for its issuer \(Pending: Secret missing\)/,
    },
    {
      name: 'the request is issued',
      sight: { state: state({ issuing }), secret: undefined, request: request([ready], 'eA==') },
      step: /anchor-2 is issued, waiting for the Secret/,
    },
    {
      name: 'the Secret is written and the revision is not raised yet',
      sight: { state: state({ issuing }) },
      step: /the revision is not raised yet/,
    },
    {
      name: 'the trigger has not been taken up',
      sight: { state: state() },
      step: /has not taken up the request/,
    },
    {
      name: 'the revision rose before the Secret was read',
      sight: { state: state({ revision: 2 }), secret: secret({ certificate: before }) },
      step: /still holds the certificate from before/,
    },
    {
      name: 'the Secret is gone',
      sight: { state: state({ revision: 2 }), secret: undefined },
      step: /its Secret is missing/,
    },
    {
      name: 'the key does not fit',
      sight: { state: state({ revision: 2 }), secret: secret({ hasKey: false }) },
      step: /does not belong to the certificate/,
    },
    {
      name: 'Ready is False between the two writes',
      sight: {
        state: state({
          revision: 2,
          ready: { type: 'Ready', status: 'False', reason: 'SecretMismatch' },
        }),
      },
      step: /not Ready \(SecretMismatch\)/,
    },
    {
      name: 'the status shows the old dates',
      sight: { state: state({ revision: 2, notAfter: before.notAfter }) },
      step: /still shows the dates/,
    },
  ];
  for (const { name, sight, step } of pending) {
    it(`is pending while ${name}`, () => {
      assert.match(judge(sight), step);
    });
  }

  it('has failed only when a failure is newer than the trigger', () => {
    const failed = { type: 'Issuing', status: 'False', reason: 'Failed', message: 'no signer' };
    const failedState = state({
      issuing: failed,
      failedIssuanceAttempts: 2,
      lastFailureTime: '2026-11-22T02:00:00Z',
    });
    const sight = {
      state: failedState,
      secret: secret({ certificate: before }),
      request: undefined,
    };

    const ours = judgeRenewal(sight, since, noFailures);
    const older = judgeRenewal(sight, since, {
      failedIssuanceAttempts: 2,
      lastFailureTime: '2026-11-22T02:00:00Z',
    });

    assert.deepEqual(ours, { kind: 'failed', text: 'Failed: no signer', denied: false });
    assert.equal(older.kind, 'pending');
  });

  it('tells an invalid request as failed', () => {
    const invalid = { type: 'InvalidRequest', status: 'True', reason: 'Bad', message: 'usages' };

    assert.match(
      judge({ state: state({ issuing }), secret: undefined, request: request([invalid]) }),
      /anchor-2 Bad: usages/,
    );
  });
});
