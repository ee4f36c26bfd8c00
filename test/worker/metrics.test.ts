import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../mesh/observation/clock.ts';
import { readVersion } from '../../mesh/version.ts';
import { createMetrics } from '../../worker/metrics.ts';

const expiry = {
  read: () => Promise.resolve([]),
  clock: systemClock,
  log: { info: () => undefined, warn: () => undefined },
};

describe('the metrics of the worker', () => {
  let core: Server;
  let url: string;

  beforeEach(async () => {
    core = createServer((_request, response) => response.end('temporal_worker_task_slots 4\n'));
    core.listen(0, '127.0.0.1');
    await once(core, 'listening');
    // Sound: a server that listens on TCP has an address with a port.
    url = `http://127.0.0.1:${(core.address() as AddressInfo).port}/metrics`;
  });

  afterEach(async () => {
    if (core.listening) {
      core.close();
      core.closeAllConnections();
      await once(core, 'close');
    }
  });

  it("hold our own and the core's in one answer", async () => {
    const text = await createMetrics(url, expiry).render();

    assert.match(text, /^trust_rotation_process_resident_memory_bytes \d/m);
    assert.match(text, /^trust_rotation_core_scrape_ok 1$/m);
    assert.match(text, /^temporal_worker_task_slots 4$/m);
  });

  it('say which version runs', async () => {
    const text = await createMetrics(url, expiry).render();

    assert.ok(text.includes(`\ntrust_rotation_build_info{version="${readVersion()}"} 1\n`), text);
  });

  it("say that the core's are missing when it does not answer, and hold the rest", async () => {
    core.close();
    await once(core, 'close');

    const text = await createMetrics(url, expiry).render();

    assert.match(text, /^trust_rotation_core_scrape_ok 0$/m);
    assert.doesNotMatch(text, /temporal_worker/);
  });
});
