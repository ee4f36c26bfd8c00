import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { documentedObjects as objects } from '../../domain/objects.ts';
import type { Expiry } from '../../worker/expiry-metrics.ts';
import { readExpiries, registerExpiryMetrics } from '../../worker/expiry-metrics.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import { secretRef } from '../../mesh/tls-secret.ts';
import { makeOffClusterAnchor } from '../support/certificates.ts';
import { offClusterSecret } from '../support/tls-secret.ts';
import type { SimulatedPki } from '../support/simulated-pki.ts';
import { startPki } from '../support/simulated-pki.ts';

const anchor: Expiry = {
  of: 'anchor',
  secret: 'linkerd-trust-anchor',
  notAfter: '2027-01-01T00:00:00Z',
};
const issuer: Expiry = {
  of: 'issuer',
  secret: 'identity',
  notAfter: '1970-01-01T00:01:00Z',
  renewalAt: '1970-01-01T00:00:20Z',
};

describe('the metrics of expiry', () => {
  let registry: Registry;
  let reads: number;
  let nowMs: number;
  let warnings: object[];
  let answer: () => Promise<readonly Expiry[]>;

  beforeEach(() => {
    registry = new Registry();
    reads = 0;
    nowMs = 0;
    warnings = [];
    answer = () => Promise.resolve([anchor, issuer]);
    registerExpiryMetrics(registry, {
      read: () => {
        reads += 1;
        return answer();
      },
      clock: { ...systemClock, nowMs: () => nowMs },
      log: { info: () => undefined, warn: (fields) => warnings.push(fields) },
    });
  });

  async function samples(): Promise<readonly string[]> {
    const text = await registry.metrics();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  it('name the Secret and the second in which its certificate ends', async () => {
    assert.deepEqual(await samples(), [
      'trust_anchor_expiry_timestamp_seconds{secret="linkerd-trust-anchor"} 1798761600',
      'trust_anchor_issuer_expiry_timestamp_seconds{secret="identity"} 60',
      'trust_anchor_issuer_renewal_timestamp_seconds{secret="identity"} 20',
    ]);
  });

  it('are read once a minute, however often they are scraped', async () => {
    await Promise.all([samples(), samples()]);
    nowMs = 59_999;
    await samples();
    assert.equal(reads, 1);
    nowMs = 60_000;
    await samples();
    assert.equal(reads, 2);
  });

  it('are absent while they cannot be read, and come back', async () => {
    await samples();
    answer = () => Promise.reject(new Error('the API server is away'));
    nowMs = 60_000;
    assert.deepEqual(await samples(), []);
    assert.deepEqual(warnings, [{ error: 'Error: the API server is away' }]);
    answer = () => Promise.resolve([issuer]);
    nowMs = 120_000;
    assert.equal((await samples()).length, 2);
  });
});

describe('the expiry of a PKI', () => {
  let pki: SimulatedPki;

  before(async () => {
    pki = await startPki();
  });

  after(() => pki.stop());

  it('is that of both anchors and of the issuer; what does not exist has none', async () => {
    const expiries = await readExpiries(pki.kube, { ...objects, previousAnchor: 'not-made-yet' });
    assert.deepEqual(
      expiries.map(({ of, secret }) => [of, secret]),
      [
        ['anchor', objects.trustAnchor],
        ['issuer', objects.identityIssuer],
      ],
    );
    for (const { notAfter } of expiries) assert.ok(Date.parse(notAfter) > Date.now());
    const { renewalAt = '', notAfter = '' } = expiries.at(-1) ?? {};
    // The guide's issuer is renewed 25 h before its end.
    assert.equal(Date.parse(notAfter) - Date.parse(renewalAt), 25 * 3_600_000);
  });

  it('is that of an intermediate CA which signs for an anchor and ends before it', async () => {
    const anchor = await makeOffClusterAnchor('elsewhere', {
      intermediate: { lifetimeMs: 60_000 },
    });
    await pki.kube.create(
      secretRef(objects.trustNamespace, 'off-cluster'),
      offClusterSecret(anchor),
    );
    const [first] = await readExpiries(pki.kube, { ...objects, trustAnchor: 'off-cluster' });
    assert.equal(first?.notAfter, anchor.intermediate.certificate.notAfter.toISOString());
  });
});
