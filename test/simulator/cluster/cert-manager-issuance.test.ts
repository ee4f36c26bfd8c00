import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { V1Secret } from '@kubernetes/client-node';
import * as x509 from '@peculiar/x509';
import type { Certificate } from '../../../simulator/cluster/cert-manager-objects.ts';
import {
  CERTIFICATES,
  CERTIFICATE_REQUESTS,
  SECRETS,
} from '../../../simulator/cluster/resources.ts';
import { make } from './cluster-fixture.ts';
import {
  ANCHOR,
  GROUP,
  IDENTITY,
  certificatesOf,
  conditionOf,
  startPkiFixture,
} from './pki-fixture.ts';
import type { PkiFixture } from './pki-fixture.ts';

describe('the simulated cert-manager: issuance', () => {
  let fixture: PkiFixture;

  afterEach(() => fixture.stop());

  it('issues the objects of the guide: a self-signed anchor and an issuer under it', async () => {
    fixture = await startPkiFixture();

    const anchor = fixture.first(ANCHOR);
    const issuer = fixture.first(IDENTITY);
    assert.ok(anchor.verify(anchor.publicKey) && issuer.verify(anchor.publicKey));
    assert.equal(certificatesOf(fixture.text(IDENTITY)).length, 1);
    assert.equal(fixture.text(IDENTITY, 'ca.crt'), fixture.text(ANCHOR));
    assert.equal(fixture.text(ANCHOR, 'ca.crt'), fixture.text(ANCHOR));
    assert.ok(issuer.checkPrivateKey(createPrivateKey(fixture.text(IDENTITY, 'tls.key'))));
    const secret = fixture.cluster.api.get(SECRETS, IDENTITY);
    assert.equal(secret.type, 'kubernetes.io/tls');
    assert.equal(secret.metadata.labels?.['controller.cert-manager.io/fao'], 'true');
    assert.equal(secret.metadata.annotations?.['cert-manager.io/issuer-kind'], 'ClusterIssuer');
    assert.deepEqual(
      secret.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['cert-manager-certificates-issuing', 'Apply']],
    );
  });

  it('gives a root SKI without AKI, and a certificate of another name both', async () => {
    fixture = await startPkiFixture();

    const root = new x509.X509Certificate(fixture.text(ANCHOR));
    const issuer = new x509.X509Certificate(fixture.text(IDENTITY));
    const ski = root.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
    assert.ok(ski);
    assert.equal(root.getExtension(x509.AuthorityKeyIdentifierExtension), null);
    assert.equal(issuer.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId, ski);
    assert.deepEqual(
      [
        issuer.getExtension(x509.BasicConstraintsExtension)?.ca,
        issuer.getExtension(x509.BasicConstraintsExtension)?.pathLength,
      ],
      [true, undefined],
    );
  });

  it('renews on a manual trigger: Secret first, then revision, one request kept, no next key left', async () => {
    fixture = await startPkiFixture();
    const before = fixture.first(ANCHOR);
    const order: string[] = [];
    fixture.cluster.store.subscribe(({ resource, object, previous }) => {
      if (resource === SECRETS && object.metadata.name === ANCHOR.name) order.push('secret');
      // Sound: only asked of events of the certificates resource.
      const revision = (of: typeof previous) => (of as Certificate | undefined)?.status?.revision;
      if (resource === CERTIFICATES && revision(object) !== revision(previous))
        order.push('revision');
    });

    await fixture.renew(ANCHOR);

    assert.deepEqual(order, ['secret', 'revision']);
    assert.notEqual(fixture.first(ANCHOR).fingerprint256, before.fingerprint256);
    assert.ok(!fixture.first(ANCHOR).publicKey.equals(before.publicKey));
    assert.equal(fixture.get(ANCHOR).status?.revision, 2);
    assert.equal(conditionOf(fixture.get(ANCHOR), 'Ready')?.status, 'True');
    const requests = () => fixture.cluster.store.list(CERTIFICATE_REQUESTS, ANCHOR.namespace);
    await fixture.until('the old request to be pruned', () => requests().length === 1);
    assert.equal(requests()[0]?.metadata.name, 'linkerd-trust-anchor-2');
    const secrets = fixture.cluster.store
      .list(SECRETS, ANCHOR.namespace)
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(secrets, ['linkerd-previous-anchor', 'linkerd-trust-anchor']);
    // The issuer does not move by itself.
    assert.equal(fixture.get(IDENTITY).status?.revision, 1);
  });

  it('keeps the key under rotationPolicy Never', async () => {
    fixture = await startPkiFixture({}, { anchorRotationPolicy: 'Never' });
    const before = fixture.first(ANCHOR);

    await fixture.renew(ANCHOR);

    assert.ok(fixture.first(ANCHOR).publicKey.equals(before.publicKey));
    assert.notEqual(fixture.first(ANCHOR).serialNumber, before.serialNumber);
  });

  it('signs under the Secret that a changed ClusterIssuer names', async () => {
    fixture = await startPkiFixture();
    const old = fixture.first(ANCHOR);
    await fixture.signWith('linkerd-previous-anchor');
    await fixture.renew(ANCHOR);

    await fixture.renew(IDENTITY);
    assert.ok(fixture.first(IDENTITY).verify(old.publicKey));

    await fixture.signWith('linkerd-trust-anchor');
    await fixture.renew(IDENTITY);
    assert.ok(fixture.first(IDENTITY).verify(fixture.first(ANCHOR).publicKey));
  });

  it('cross-signs the next anchor with its own request, and then issues the chain [b, Bx] under A', async () => {
    fixture = await startPkiFixture();
    const { api } = fixture.cluster;
    const a = fixture.text(ANCHOR);
    await fixture.signWith('linkerd-previous-anchor');
    await fixture.renew(ANCHOR);
    const own = api.get(CERTIFICATE_REQUESTS, {
      namespace: ANCHOR.namespace,
      name: 'linkerd-trust-anchor-2',
    });
    const { request, usages, duration } = own.spec;
    const issuerRef = { kind: 'ClusterIssuer', name: 'linkerd-identity-issuer' };
    const key = { namespace: ANCHOR.namespace, name: 'cross' };
    await fixture.custom.createNamespacedCustomObject({
      ...GROUP,
      namespace: key.namespace,
      plural: 'certificaterequests',
      body: {
        metadata: { name: key.name },
        spec: { request, usages, duration, isCA: true, issuerRef },
      },
    });
    await fixture.until(
      'Bx',
      () => conditionOf(api.get(CERTIFICATE_REQUESTS, key), 'Ready')?.status === 'True',
    );
    const { certificate = '', ca = '' } = api.get(CERTIFICATE_REQUESTS, key).status ?? {};
    const bx = Buffer.from(certificate, 'base64').toString();
    assert.equal(Buffer.from(ca, 'base64').toString(), a);
    const parsed = new x509.X509Certificate(bx);
    assert.deepEqual(
      Buffer.from(parsed.subjectName.toArrayBuffer()),
      Buffer.from(new x509.X509Certificate(a).subjectName.toArrayBuffer()),
    );
    assert.equal(parsed.getExtension(x509.AuthorityKeyIdentifierExtension), null);
    assert.ok(new X509Certificate(bx).verify(new X509Certificate(a).publicKey));

    await fixture.core.createNamespacedSecret({
      namespace: ANCHOR.namespace,
      body: make(V1Secret, {
        metadata: { name: 'linkerd-trust-bridge' },
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': bx, 'ca.crt': a, 'tls.key': fixture.text(ANCHOR, 'tls.key') },
      }),
    });
    await fixture.signWith('linkerd-trust-bridge');
    await fixture.renew(IDENTITY);

    const [b, cross] = certificatesOf(fixture.text(IDENTITY));
    assert.equal(cross?.fingerprint256, new X509Certificate(bx).fingerprint256);
    assert.ok(b?.verify(fixture.first(ANCHOR).publicKey));
    assert.equal(fixture.text(IDENTITY, 'ca.crt'), a);
  });
});
