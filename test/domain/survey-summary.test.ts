import assert from 'node:assert/strict';
import { summarise } from '../../domain/survey-summary.ts';
import {
  anchorA,
  anchorB,
  bridge,
  identity,
  identityProxy,
  injector,
  objects,
  proxy,
  survey,
} from '../support/survey-builder.ts';

describe('summarise', () => {
  it('counts proxies by role, by what they hold and what they present', () => {
    const { fleet } = summarise(
      survey({
        proxies: [
          proxy('web', 'A,B', 'x'),
          proxy('db', 'A,B', 'x'),
          proxy('old', 'A', 'a'),
          identityProxy('unknown', 'none'),
        ],
      }),
    );

    assert.deepEqual(fleet, [
      { role: 'control-plane', holds: 'unknown', presents: 'none', proxies: 1 },
      { role: 'data-plane', holds: 'A,B', presents: 'x', proxies: 2 },
      { role: 'data-plane', holds: 'A', presents: 'a', proxies: 1 },
    ]);
  });

  it('counts replicas of identity and injector by their state', () => {
    const summary = summarise(
      survey({
        identity: [identity('A', 'a'), identity('A', 'a'), identity('A,B', 'x')],
        injectors: [injector('A'), injector('unknown')],
      }),
    );

    assert.deepEqual(summary.identity, [
      { state: 'holds A, signs a', replicas: 2 },
      { state: 'holds A,B, signs x', replicas: 1 },
    ]);
    assert.deepEqual(summary.injectors, [
      { state: 'hands out A', replicas: 1 },
      { state: 'hands out unknown', replicas: 1 },
    ]);
  });

  it('keeps fingerprints of objects and no pod: its size does not grow with the mesh', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => proxy(`web-${index}`, 'A', 'a'));

    const summary = summarise(
      survey({ objects: objects({ trustAnchor: anchorB, bridge }), proxies: many }),
    );

    assert.equal(summary.objects.trustAnchor, anchorB.fingerprint);
    assert.equal(summary.objects.previousAnchor, anchorA.fingerprint);
    assert.equal(summary.objects.bridge, bridge.fingerprint);
    assert.equal(summary.objects.signer, 'trust-anchor');
    assert.ok(JSON.stringify(summary).length < 2_000);
    assert.doesNotMatch(JSON.stringify(summary), /web-1/);
  });

  it('leaves out what does not exist', () => {
    const { previousAnchor: _none, ...without } = objects();

    const summary = summarise(survey({ objects: without }));

    assert.ok(!('previousAnchor' in summary.objects) && !('bridge' in summary.objects));
  });
});
