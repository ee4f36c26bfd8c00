import assert from 'node:assert/strict';
import { tellRotation } from '../../activities/status.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { withGateReport } from '../../domain/resource/rotation-status.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import { keepStatus } from '../../worker/kept-status.ts';
import { ago, gateReport } from '../client/fixtures.ts';
import { sightWith } from '../support/rotation-sight.ts';

describe('the status that a worker keeps to itself', () => {
  it('follows a rotation and its gate, one change on top of the other', () => {
    const told: ResourceStatus[] = [];
    const publisher = keepStatus((status) => told.push(status));
    const watches = [{ gate: 'leaves-under-new-anchor', since: ago(60) }] as const;
    const sight = sightWith({ gate: gateReport(11, 46), watches });
    tellRotation({ clock: systemClock, resource: { publisher, pageOf: () => undefined } }, sight);
    const later = { ...gateReport(40, 46), at: ago(-1) };
    publisher.publish('gate', ({ status }) => withGateReport(status, later));

    assert.deepEqual(
      told.map(({ phase, gate }) => [phase, gate?.converged]),
      [
        ['ReplacingLeaves', 11],
        ['ReplacingLeaves', 40],
      ],
    );
  });
});
