import { setTimeout as delay } from 'node:timers/promises';
import { mapBounded } from '../../../mesh/observation/bounded.ts';
import { askProxy } from '../../../mesh/observation/handshake.ts';
import { clientPair, fakeIdentity, leafContext, startFakeProxy } from './fake-proxy.ts';
import { makeTestPki } from './test-pki.ts';

/** Prints by how many bytes the memory of this process grows for each of many handshakes. */

const handshakes = 1_000;
/** What is allocated once is, after these. */
const warmUp = 500;

const pki = await makeTestPki();
const proxy = await startFakeProxy({
  context: await leafContext(pki.b, [pki.bridge]),
  anchors: [pki.B],
  answer: 'live',
  ready: true,
});
const question = {
  endpoint: proxy.endpoint,
  serverName: fakeIdentity,
  probe: await clientPair(pki.b, [pki.bridge]),
};

async function memoryAfter(times: number): Promise<number> {
  await mapBounded(Array.from({ length: times }), 32, async () => {
    const { outcome } = await askProxy(question, { timeoutMs: 30_000 });
    if (outcome !== 'answered') throw new Error(`a handshake was ${outcome}`);
  });
  // The first round finalises what the second one frees.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await delay(100);
  }
  return process.memoryUsage.rss();
}

const before = await memoryAfter(warmUp);
const after = await memoryAfter(handshakes);
process.stdout.write(String((after - before) / handshakes));
await proxy.stop();
