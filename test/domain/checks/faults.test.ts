import assert from 'node:assert/strict';
import type { Check, CheckId } from '../../../domain/checks/check.ts';
import type { CheckFacts } from '../../../domain/checks/facts.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import {
  anchorSettings,
  certificateSettings,
  checkFacts,
  found,
  pkiFacts,
  secretFacts,
  unknown,
} from '../../support/check-facts.ts';
import { fakeCertificate } from '../../support/fake-certificates.ts';
import {
  anchorA,
  anchorC,
  bundle,
  identity,
  injector,
  objects,
  proxy,
  survey,
} from '../../support/survey-builder.ts';

import { onlyProblem, withMesh, withPki } from './judged.ts';

describe('the checks of a mesh with one fault', () => {
  const shortRenewal = certificateSettings({ renewBeforeMs: 3_600_000 });
  const faults: readonly (readonly [string, CheckId, Check['verdict'], CheckFacts, RegExp])[] = [
    [
      'no trust-manager',
      'trust-manager-installed',
      'error',
      checkFacts({ components: found({ certManager: { canDisableRenewal: true } }) }),
      /not in the cluster/,
    ],
    [
      "cert-manager's webhook down",
      'cert-manager-answers',
      'error',
      checkFacts({ certManagerAnswers: unknown('failed calling webhook') }),
      /failed calling webhook/,
    ],
    [
      'a renewal that nobody made',
      'cert-manager-renews',
      'error',
      withPki({ issuer: found(certificateSettings({ renewalTime: '2026-05-31T23:00:00.000Z' })) }),
      /has not been renewed; look at cert-manager's pods/,
    ],
    [
      'a Bundle that is not synced',
      'bundle-synced',
      'error',
      withPki({ bundle: found({ synced: false, detail: 'SourceNotFound: x' }) }),
      /SourceNotFound: x/,
    ],
    [
      'a bundle of the rotation that somebody else writes',
      'bundle-synced',
      'error',
      checkFacts({
        objects: { ...documentedObjects, bundleOwnership: 'direct' },
        pki: pkiFacts({
          bundle: found({
            detail: '',
            otherOwners: [{ what: 'ConfigMap x', reason: 'has helm', remedy: 'take it over' }],
          }),
        }),
      }),
      /^ConfigMap x has helm; take it over$/,
    ],
    [
      'a Certificate that is not Ready',
      'issuer-certificate-ready',
      'error',
      withPki({ issuer: found(certificateSettings({ ready: false, readyDetail: 'Pending' })) }),
      /not Ready \(Pending\)/,
    ],
    [
      'a key that is kept',
      'rotation-policy-always',
      'error',
      withPki({ anchor: found(anchorSettings({ rotationPolicy: 'Never' })) }),
      /so a renewal rotates nothing/,
    ],
    [
      'an issuer that is no CA',
      'ca-flags',
      'error',
      withPki({ issuer: found(certificateSettings({ isCa: false })) }),
      /spec\.isCA: true/,
    ],
    [
      'a key that will be RSA',
      'key-algorithms',
      'error',
      withPki({ anchor: found(anchorSettings({ keyAlgorithm: 'RSA', keySize: 2048 })) }),
      /the next renewal .* makes a key of RSA 2048/,
    ],
    [
      'an issuer named as its anchor',
      'subjects-distinct',
      'error',
      withPki({
        issuerSecret: found(
          secretFacts({
            certificate: fakeCertificate({ subject: 'CN=root', key: 'a', signer: anchorA }),
          }),
        ),
      }),
      /both are named CN=root/,
    ],
    [
      'an issuer that outlives its anchor',
      'durations-fit',
      'error',
      withPki({ issuer: found(certificateSettings({ durationMs: 300 * 86_400_000 })) }),
      /would outlive the trust anchor/,
    ],
    [
      'an issuer renewed later than a leaf lives',
      'durations-fit',
      'warning',
      withPki({ issuer: found(shortRenewal) }),
      /renewed 1 h before its end, less than the life of a leaf \(24 h\)/,
    ],
    [
      'an anchor that renews itself one day',
      'anchor-renewal-race',
      'warning',
      withPki({
        anchor: found(
          anchorSettings({ renewalDisabled: false, renewalTime: '2026-08-01T00:00:00.000Z' }),
        ),
      }),
      /renews it by itself on 2026-08-01.*renewal\.policy: Disabled/,
    ],
    [
      'an anchor that renews itself this week',
      'anchor-renewal-race',
      'error',
      withPki({
        anchor: found(
          anchorSettings({ renewalDisabled: false, renewalTime: '2026-06-05T00:00:00.000Z' }),
        ),
      }),
      /signed by an anchor that no proxy holds/,
    ],
    [
      'a signer that is not Ready',
      'signer-ready',
      'error',
      withPki({
        signer: found({ secretName: 'linkerd-trust-anchor', ready: false, detail: 'Err: no' }),
      }),
      /not Ready \(Err: no\)/,
    ],
    [
      "somebody else's signer",
      'signer-ready',
      'error',
      withPki({ signer: found({ secretName: 'corporate-ca', ready: true, detail: '' }) }),
      /signs with Secret corporate-ca/,
    ],
    [
      'a missing copy of the anchor',
      'previous-anchor',
      'error',
      withPki({ previousAnchor: found(undefined) }),
      /distributes nothing new/,
    ],
    [
      'a rotation left half done',
      'previous-anchor',
      'warning',
      withPki({ previousAnchor: found(secretFacts({ certificate: anchorC })) }),
      /left half done/,
    ],
    [
      'no injector webhook',
      'webhook-certificates',
      'error',
      checkFacts({
        webhooks: [{ service: 'linkerd-proxy-injector', certificate: found(undefined) }],
      }),
      /no pod can be given a proxy/,
    ],
    [
      'an expired webhook certificate',
      'webhook-certificates',
      'error',
      checkFacts({
        webhooks: [
          {
            service: 'linkerd-sp-validator',
            certificate: found({ ...anchorA, notAfter: '2026-05-01T00:00:00.000Z' }),
          },
        ],
      }),
      /linkerd-sp-validator ended on 2026-05-01/,
    ],
    [
      'a chart that owns the bundle',
      'linkerd-external-ca',
      'warning',
      withMesh({ externalCa: false }),
      /each upgrade rewrites it/,
    ],
    [
      'a bundle that no parser reads',
      'bundle-readable',
      'error',
      withMesh({ survey: survey({ objects: objects({ bundle: bundle('A', { hazard: 'x' }) }) }) }),
      /^x; correct the source/,
    ],
    [
      'a bundle that has not arrived',
      'bundle-everywhere',
      'error',
      withMesh({
        survey: survey({
          objects: objects({ bundle: bundle('A', { divergentTargets: ['shop', 'b', 'c', 'd'] }) }),
        }),
      }),
      /missing in shop, b, c and 1 more/,
    ],
    [
      'an issuer that identity would refuse',
      'issuer-under-bundle',
      'error',
      withMesh({ identityAcceptsIssuer: false }),
      /the next identity process to start exits/,
    ],
    [
      'an identity replica that missed the issuer',
      'identity-uses-issuer',
      'error',
      withMesh({ survey: survey({ identity: [identity('A', 'a', { usesCurrentIssuer: 'no' })] }) }),
      /identity replica linkerd-identity-1 does not use/,
    ],
    [
      'an injector with an old mount',
      'injectors-hand-out-bundle',
      'warning',
      withMesh({ survey: survey({ injectors: [injector('B')] }) }),
      /injector replica linkerd-proxy-injector-1 hands out B/,
    ],
    [
      'an injector that is down',
      'injectors-hand-out-bundle',
      'error',
      withMesh({ survey: survey({ injectors: [injector('A', { isDown: true })] }) }),
      /proxy injector has no Ready replica, so pods .*; look at the pods of Deployment linkerd-pro/,
    ],
    [
      'a proxy that accepts nothing the issuer signs',
      'proxies-accept-issuer',
      'error',
      withMesh({ survey: survey({ proxies: [proxy('web', 'B', 'a')] }) }),
      /pod shop\/web-1 holds B, the bundle is A.*restart Deployment shop\/web/,
    ],
    [
      'a proxy that is behind the bundle',
      'proxies-hold-bundle',
      'warning',
      withMesh({ survey: survey({ proxies: [proxy('web', 'A,B', 'a'), proxy('db', 'A', 'a')] }) }),
      /pod shop\/web-1 holds A,B, the bundle is A/,
    ],
    [
      'a leaf that has expired',
      'leaves-valid',
      'error',
      withMesh({ survey: survey({ proxies: [proxy('web', 'A', 'expired')] }) }),
      /presents an expired leaf/,
    ],
  ];
  for (const [name, id, verdict, facts, text] of faults) {
    it(`tell ${name}, and nothing else`, () => {
      const row = onlyProblem(facts);

      assert.equal(row.id, id);
      assert.equal(row.verdict, verdict);
      assert.match(row.problem ?? '', text);
    });
  }
});
