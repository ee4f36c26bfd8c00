import assert from 'node:assert/strict';
import { inspectTrust } from '../../domain/inspection.ts';
import { inspectionFacts } from '../support/check-facts.ts';
import {
  anchorA,
  anchorB,
  bridge,
  bundle,
  identity,
  injector,
  issuer,
  objects,
  proxy,
  survey,
} from '../support/survey-builder.ts';

const anchors = { a: { certificate: anchorA, pem: 'A' }, b: { certificate: anchorB, pem: 'B' } };

describe('the inspection of a cluster', () => {
  it('names every link of the chain, the anchors by their letters', () => {
    const { chain } = inspectTrust(
      inspectionFacts({
        anchors,
        survey: survey({
          objects: objects({
            trustAnchor: anchorB,
            bridge,
            bundle: bundle('A,B'),
            issuer: issuer('x'),
          }),
        }),
        issuerVerifiesUnder: [anchorA.fingerprint, anchorB.fingerprint],
      }),
    );

    assert.deepEqual(
      chain.map(({ object, letter, verifiesUnder }) => [object, letter, verifiesUnder?.length]),
      [
        ['Secret cert-manager/linkerd-trust-anchor', 'B', undefined],
        ['Secret cert-manager/linkerd-previous-anchor', 'A', undefined],
        ['Secret cert-manager/linkerd-trust-bridge', undefined, undefined],
        ['Secret linkerd/linkerd-identity-issuer', undefined, 2],
      ],
    );
  });

  it('tells the position and who is behind, replicas of the control plane too', () => {
    const { position, replicas, proxies, convergence } = inspectTrust(
      inspectionFacts({
        survey: survey({
          proxies: [proxy('web', 'B', 'a')],
          identity: [identity('A', 'a', { usesCurrentIssuer: 'no' })],
          injectors: [injector('B')],
        }),
      }),
    );

    assert.equal(position.kind === 'in-phase' && position.phase, 'PinningSigner');
    assert.deepEqual(
      [...replicas, ...proxies].map(({ what }) => what),
      [
        'identity replica linkerd-identity-1',
        'injector replica linkerd-proxy-injector-1',
        'pod shop/web-1',
      ],
    );
    assert.deepEqual(convergence.identity, { converged: 0, total: 1 });
  });
});
