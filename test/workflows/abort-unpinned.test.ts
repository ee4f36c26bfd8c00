import assert from 'node:assert/strict';
import type { GateName } from '../../domain/gates/gate.ts';
import type { PhaseName } from '../../domain/phases.ts';
import { meshWithoutOldKey } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { callsOfAbort, waitsAt } from './test-messages.ts';

const held = ['removeProbes', 'releaseLease'];

describe('an abort where nothing can sign under the old anchor any more', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  const unpinned: readonly (readonly [PhaseName, GateName, RegExp])[] = [
    [
      'PropagatingTrustRoots',
      'fleet-holds-both',
      /but nothing pins the signer: .* rotate on before it falls due/,
    ],
    ['RenewingIdentityIssuer', 'issuer-switched', /the issuer stays under the new one/],
    ['ReplacingLeaves', 'leaves-under-new-anchor', /the issuer stays under the new one/],
  ];
  for (const [phase, gate, where] of unpinned) {
    it(`in ${phase} holds where it is, and says where that is`, async () => {
      const rotation = await bench.start({ mesh: meshWithoutOldKey() }, ({ heldGates }) => {
        heldGates.add(gate);
      });
      await waitsAt(rotation, phase, `watchGate ${gate}`);

      const calls = await callsOfAbort(rotation);

      const report = await rotation.handle.result();
      assert.ok(!calls.some((call) => call.startsWith('pointSigner')));
      assert.deepEqual(calls.slice(-held.length), held);
      assert.equal(report.outcome, 'held');
      assert.match(report.reason ?? '', where);
      assert.equal(rotation.mesh.signer, 'trust-anchor');
    });
  }
});
