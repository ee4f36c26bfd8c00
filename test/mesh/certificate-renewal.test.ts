import assert from 'node:assert/strict';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { readAnchor } from '../../mesh/anchors.ts';
import type { RenewOptions } from '../../mesh/certificate-renewal.ts';
import {
  markBeforeRenewal,
  renewCertificate,
  RenewalFailedError,
} from '../../mesh/certificate-renewal.ts';
import {
  certificateRef,
  CertificateMissingError,
  readCertificate,
} from '../../mesh/certificates.ts';
import { triggerRenewal } from '../../mesh/renewal-trigger.ts';
import { DeadlineError } from '../../mesh/wait.ts';
import { CERTIFICATE_REQUESTS } from '../../simulator/cluster/resources.ts';
import type { Approval } from '../../simulator/cluster/cluster-options.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { soon, startPki } from '../support/simulated-pki.ts';

const anchor = certificateRef(objects.trustNamespace, objects.trustAnchor);
const issuer = certificateRef(objects.linkerdNamespace, objects.identityIssuer);

/** Makes the issuer give up the first request of the pending revision that is met, once. */
function failPendingRequest({ cluster }: SimulatedPki): () => void {
  let failed = false;
  return () => {
    const name = `${objects.trustAnchor}-2`;
    const key = { namespace: objects.trustNamespace, name };
    const request = cluster.store.get(CERTIFICATE_REQUESTS, key);
    if (failed || request === undefined) return;
    failed = true;
    const failure = {
      failureTime: new Date().toISOString(),
      conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: 'stale cache' }],
    };
    cluster.store.put(CERTIFICATE_REQUESTS, { ...request, status: failure });
  };
}

describe('renewing a Certificate', () => {
  let pki: SimulatedPki;
  let approval: Approval;

  beforeEach(async () => {
    approval = 'approve';
    pki = await startPki({ certManager: { approve: () => approval, minimumBackoffMs: 3_600_000 } });
  });

  afterEach(async () => {
    await pki.stop();
  });

  async function options(): Promise<RenewOptions> {
    return { ...soon(), since: await markBeforeRenewal(pki.kube, anchor), token: 'r1/anchor' };
  }

  it('gives the new certificate with its revision', async () => {
    const wanted = await options();

    const renewed = await renewCertificate(pki.kube, anchor, wanted);

    assert.equal(renewed.revision, wanted.since.revision + 1);
    assert.notEqual(renewed.certificate.fingerprint, wanted.since.fingerprint);
    assert.notEqual(renewed.certificate.publicKey, wanted.since.publicKey);
    const secret = await readAnchor(pki.kube, {
      namespace: objects.trustNamespace,
      name: objects.trustAnchor,
    });
    assert.equal(secret?.certificate.fingerprint, renewed.certificate.fingerprint);
    assert.equal(renewed.ca?.fingerprint, renewed.certificate.fingerprint);
    assert.equal(renewed.chain.length, 1);
  });

  it('does not renew again when an attempt is repeated', async () => {
    const wanted = await options();
    const first = await renewCertificate(pki.kube, anchor, wanted);

    const second = await renewCertificate(pki.kube, anchor, wanted);

    assert.deepEqual(second, first);
    assert.equal((await readCertificate(pki.kube, anchor)).revision, first.revision);
  });

  it('joins the issuance that an earlier attempt has triggered', async () => {
    const wanted = await options();
    pki.cluster.certManager.pause();
    await triggerRenewal(pki.kube, anchor, { token: wanted.token });
    const renewal = renewCertificate(pki.kube, anchor, wanted);
    pki.cluster.certManager.resume();

    const { revision } = await renewal;

    assert.equal(revision, wanted.since.revision + 1);
  });

  it('waits for an issuance under way that it did not trigger', async () => {
    const wanted = await options();
    pki.cluster.certManager.pause();
    await triggerRenewal(pki.kube, anchor, { token: 'someone else' });
    const progress: string[] = [];
    const renewal = renewCertificate(pki.kube, anchor, {
      ...wanted,
      onProgress: (text) => {
        progress.push(text);
        pki.cluster.certManager.resume();
      },
    });

    const { revision } = await renewal;

    assert.equal(revision, wanted.since.revision + 1);
    assert.match(progress[0] ?? '', /is being issued for another reason/);
  });

  it('stops at a denied request, and succeeds once the policy approves', async () => {
    approval = 'deny';
    const wanted = await options();

    await assert.rejects(renewCertificate(pki.kube, anchor, wanted), (error) => {
      assert.ok(error instanceof RenewalFailedError);
      assert.equal(error.denied, true);
      assert.match(
        error.message,
        /CertificateRequest cert-manager\/linkerd-trust-anchor-2 was denied/,
      );
      assert.match(error.message, /Next step: have the policy approve it/);
      return true;
    });
    approval = 'approve';

    const renewed = await renewCertificate(pki.kube, anchor, wanted);

    assert.equal(renewed.revision, wanted.since.revision + 1);
  });

  it('clears a failed request and triggers again, for the first failure may be a stale cache', async () => {
    approval = 'wait';
    const wanted = await options();
    const failRequest = failPendingRequest(pki);

    const renewed = await renewCertificate(pki.kube, anchor, {
      ...wanted,
      onProgress: () => {
        approval = 'approve';
        failRequest();
      },
    });

    assert.equal(renewed.revision, wanted.since.revision + 1);
  });

  it('names the request that nobody approves when time is up', async () => {
    approval = 'wait';
    const wanted = await options();
    const cancellation = new AbortController();
    const reason = new Error('the request is made');
    const first = renewCertificate(pki.kube, anchor, {
      ...wanted,
      signal: cancellation.signal,
      onProgress: (text) => {
        if (text.includes('neither approved')) cancellation.abort(reason);
      },
    });
    await assert.rejects(first, (error) => error === reason);

    const late = { ...wanted, deadlineMs: Date.now() + 400 };
    await assert.rejects(renewCertificate(pki.kube, anchor, late), (error) => {
      assert.ok(error instanceof DeadlineError);
      assert.match(error.lastSeen, /linkerd-trust-anchor-2 is neither approved nor denied/);
      return true;
    });
  });

  it('tells how far it came while cert-manager is away', async () => {
    pki.cluster.certManager.pause();
    const wanted = { ...(await options()), deadlineMs: Date.now() + 200 };

    await assert.rejects(renewCertificate(pki.kube, anchor, wanted), /next private key/);
  });

  it('ends at once when it is cancelled', async () => {
    pki.cluster.certManager.pause();
    const cancellation = new AbortController();
    const reason = new Error('cancelled');
    const wanted = {
      ...(await options()),
      signal: cancellation.signal,
      onProgress: () => cancellation.abort(reason),
    };

    await assert.rejects(renewCertificate(pki.kube, anchor, wanted), (error) => error === reason);
  });

  it('renews the identity issuer too, whose root stands in ca.crt', async () => {
    const since = await markBeforeRenewal(pki.kube, issuer);

    const renewed = await renewCertificate(pki.kube, issuer, {
      ...soon(),
      since,
      token: 'r1/issuer',
    });

    assert.equal(renewed.certificate.issuer, renewed.ca?.subject);
    assert.notEqual(renewed.ca?.fingerprint, renewed.certificate.fingerprint);
  });

  it('tells a Certificate that is not there', async () => {
    const missing = certificateRef(objects.trustNamespace, 'no-such');

    await assert.rejects(markBeforeRenewal(pki.kube, missing), CertificateMissingError);
    await assert.rejects(
      triggerRenewal(pki.kube, missing, { token: 't' }),
      CertificateMissingError,
    );
  });

  it('tells a Certificate that was made anew meanwhile', async () => {
    const wanted = await options();

    await assert.rejects(
      renewCertificate(pki.kube, anchor, { ...wanted, since: { ...wanted.since, uid: 'other' } }),
      /was deleted and made anew/,
    );
  });
});
