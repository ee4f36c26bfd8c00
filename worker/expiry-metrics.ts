import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import type { MeshObjects } from '../domain/objects.ts';
import { readAnchor } from '../mesh/anchors.ts';
import { certificateObject, certificateRef } from '../mesh/certificates.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { Log } from '../mesh/observation/log.ts';
import { readTlsSecret, secretRef } from '../mesh/tls-secret.ts';

/** Scrapes come more often than certificates change. */
const rereadMs = 60_000;

/** When a certificate of the PKI ends; ISO 8601 in UTC. */
export interface Expiry {
  readonly of: 'anchor' | 'issuer';
  /** Name of its Secret. */
  readonly secret: string;
  readonly notAfter: string;
  /** When its Certificate is to be renewed, where there is one that says so. */
  readonly renewalAt?: string;
}

export interface ExpiryMetricsParts {
  readonly read: () => Promise<readonly Expiry[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Gauges with the end of both anchors and of the identity issuer, and with its due renewal. They are read again with a scrape,
 * once a minute at most; what cannot be read is absent, so that an alert on absence tells.
 */
export function registerExpiryMetrics(registry: Registry, parts: ExpiryMetricsParts): void {
  const anchors = new Gauge({
    name: 'trust_anchor_expiry_timestamp_seconds',
    help: 'When the anchor in this Secret, or the CA that signs for it, ends, in seconds since 1970',
    labelNames: ['secret'],
    registers: [registry],
    collect: () => refresh(),
  });
  const issuer = new Gauge({
    name: 'trust_anchor_issuer_expiry_timestamp_seconds',
    help: 'When the identity issuer in this Secret ends, in seconds since 1970',
    labelNames: ['secret'],
    registers: [registry],
    collect: () => refresh(),
  });
  const renewal = new Gauge({
    name: 'trust_anchor_issuer_renewal_timestamp_seconds',
    help: 'When cert-manager is to renew the identity issuer in this Secret, in seconds since 1970',
    labelNames: ['secret'],
    registers: [registry],
    collect: () => refresh(),
  });
  let readAtMs = -Infinity;
  let reading: Promise<void> | undefined;

  // All gauges ask for one scrape: the others wait for what the first has begun.
  async function refresh(): Promise<void> {
    if (reading === undefined && parts.clock.nowMs() - readAtMs < rereadMs) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  async function read(): Promise<void> {
    readAtMs = parts.clock.nowMs();
    const expiries = await parts.read().catch((error: unknown): readonly Expiry[] => {
      parts.log.warn({ error: String(error) }, 'the expiry of the PKI could not be read');
      return [];
    });
    for (const gauge of [anchors, issuer, renewal]) gauge.reset();
    for (const { of, secret, notAfter, renewalAt } of expiries) {
      (of === 'anchor' ? anchors : issuer).set({ secret }, secondsOf(notAfter));
      if (renewalAt !== undefined) renewal.set({ secret }, secondsOf(renewalAt));
    }
  }
}

/**
 * As it stands in the cluster's Secrets; one that does not exist has no expiry.
 *
 * @throws TlsSecretError, and what the API server answers.
 */
export async function readExpiries(kube: Kube, objects: MeshObjects): Promise<readonly Expiry[]> {
  const { trustNamespace: namespace, linkerdNamespace, identityIssuer } = objects;
  const anchors = [objects.trustAnchor, objects.previousAnchor].map(async (secret) => {
    const anchor = await readAnchor(kube, { namespace, name: secret });
    // Nothing is signed for it any more once either has ended.
    const [notAfter] = [anchor?.certificate, anchor?.signer]
      .flatMap((one) => one?.notAfter ?? [])
      .toSorted();
    return { of: 'anchor' as const, secret, notAfter };
  });
  const issuer = readIssuerExpiry(kube, { linkerdNamespace, identityIssuer });
  const found = await Promise.all([...anchors, issuer]);
  return found.flatMap(({ notAfter, ...rest }) =>
    notAfter === undefined ? [] : [{ ...rest, notAfter }],
  );
}

async function readIssuerExpiry(
  kube: Kube,
  {
    linkerdNamespace: namespace,
    identityIssuer: name,
  }: Pick<MeshObjects, 'linkerdNamespace' | 'identityIssuer'>,
): Promise<Omit<Expiry, 'notAfter'> & { readonly notAfter: string | undefined }> {
  const [facts, certificate] = await Promise.all([
    readTlsSecret(kube, secretRef(namespace, name)),
    kube.get(certificateRef(namespace, name), certificateObject),
  ]);
  const renewalAt = certificate?.status.renewalTime;
  return {
    of: 'issuer',
    secret: name,
    notAfter: facts?.certificate.notAfter,
    ...(renewalAt === undefined ? {} : { renewalAt }),
  };
}

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1_000;
}
