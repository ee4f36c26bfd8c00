import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { HandedInAnchor } from '../../domain/imports.ts';
import { anchorAwaited, anchorImportFaults, bridgeAwaited } from '../../domain/imports.ts';
import { documentedObjects as objects } from '../../domain/objects.ts';
import { fakeCertificate, fakeNowMs } from '../support/fake-certificates.ts';
import { anchorA, anchorB, issuer } from '../support/survey-builder.ts';

const ask = { a: anchorA, issuer: issuer('a').certificate, objects, atMs: fakeNowMs };

function reasons(
  facts: Partial<CertificateFacts>,
  more: Partial<HandedInAnchor> = {},
): readonly string[] {
  const fit = { secretName: objects.nextAnchor, certificates: 1, hasKey: true };
  const certificate = { ...anchorB, ...facts };
  return anchorImportFaults({ ...fit, certificate, ...more }, ask).map(({ reason }) => reason);
}

describe('an anchor that its owner hands in', () => {
  it('is fit with a new key of its own, in its dates, and its pair complete', () => {
    assert.deepEqual(reasons({}), []);
  });

  const unfit: readonly (readonly [string, Partial<CertificateFacts>, RegExp])[] = [
    ['that is no CA', { isCa: false }, /^is not a CA$/],
    ['with another kind of key', { keyAlgorithm: 'RSA 2048' }, /Linkerd wants ECDSA P-256/],
    ['that another CA signed', { issuer: 'CN=corporate' }, /^is not self-signed$/],
    ['with the key in use', { publicKey: anchorA.publicKey }, /so nothing would be rotated/],
    ['that has ended', { notAfter: '2026-05-31T00:00:00.000Z' }, /^is not in its dates/],
    ['that has not begun', { notBefore: '2026-06-02T00:00:00.000Z' }, /^is not in its dates/],
    ['whose key may sign nothing', { lacksCertSign: true }, /lets it sign no certificates/],
    [
      'named as the identity issuer',
      { subject: ask.issuer.subject, issuer: ask.issuer.subject },
      /has the subject of the identity issuer/,
    ],
  ];
  for (const [name, facts, reason] of unfit) {
    it(`is refused ${name}`, () => {
      const found = reasons(facts);
      assert.equal(found.length, 1, found.join('; '));
      assert.match(found[0] ?? '', reason);
    });
  }

  it('is refused without its key, and with more than itself', () => {
    assert.match(reasons({}, { hasKey: false }).join(), /comes without its private key/);
    assert.match(reasons({}, { certificates: 3 }).join(), /stands in tls.crt with 2 more/);
  });

  const intermediate = fakeCertificate({
    subject: 'CN=below',
    key: 'I',
    signer: anchorB,
    isCa: true,
    notAfter: '2028-01-01T00:00:00.000Z',
  });

  it('is fit with its key elsewhere, where a CA under it comes with the key of that', () => {
    assert.deepEqual(reasons({}, { intermediate }), []);
    assert.match(
      reasons({}, { intermediate: { ...intermediate, isCa: false } }).join(),
      /^is signed for by CN=below, which is not a CA$/,
    );
    assert.match(
      reasons({}, { intermediate, hasKey: false }).join(),
      /^comes without the private key \(tls\.key\) of CN=below/,
    );
  });

  it('is told, where it comes without any key, how a key stays out of the cluster', () => {
    const handedIn = { certificate: anchorB, secretName: 'x', certificates: 1, hasKey: false };
    assert.match(
      anchorImportFaults(handedIn, ask)[0]?.remedy ?? '',
      /out of the cluster goes into ca\.crt, and a CA that it has signed into tls\.crt and tls\.key$/,
    );
  });

  it('is refused with its key elsewhere where the bridge is to be handed in, too', () => {
    const handedIn = { certificate: anchorB, secretName: 'x', certificates: 1, hasKey: true };
    const sources = { anchor: 'imported', bridge: 'imported' } as const;
    const [fault, ...others] = anchorImportFaults(
      { ...handedIn, intermediate },
      { ...ask, sources },
    );
    assert.deepEqual(others, []);
    assert.match(fault?.reason ?? '', /no bridge to it can be asked for$/);
    assert.match(fault?.remedy ?? '', /by method overlap/);
    assert.deepEqual(anchorImportFaults(handedIn, { ...ask, sources }), []);
  });

  it('is asked for with the very command, and a fault names the Secret to correct', () => {
    assert.match(
      anchorAwaited(objects).remedy,
      /kubectl -n cert-manager create secret tls linkerd-next-anchor --cert anchor.crt --key anchor.key$/,
    );
    const handedIn = { certificate: anchorA, secretName: 'x', certificates: 1, hasKey: true };
    assert.match(
      anchorImportFaults(handedIn, ask)[0]?.remedy ?? '',
      /into Secret cert-manager\/x /,
    );
  });

  it('is followed by a bridge, whose laggard says who signs what until when', () => {
    const { remedy } = bridgeAwaited('is not there', { a: anchorA, neededUntil: '2026-07-01' });
    assert.match(
      remedy,
      /bridge-request .* key of CN=root sign .* after 2026-07-01; .* import-bridge/,
    );
  });
});
