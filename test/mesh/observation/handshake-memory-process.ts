import { setTimeout as delay } from 'node:timers/promises';
import { mapBounded } from '../../../mesh/observation/bounded.ts';
import { askProxy } from '../../../mesh/observation/handshake.ts';
import { clientPair, fakeIdentity, leafContext, startFakeProxy } from './fake-proxy.ts';
import { makeTestPki } from './test-pki.ts';

/**
 * Prints by how many bytes the memory of this process grows for each handshake, in the round that it grew
 * least: what leaks does so in each of them, what is allocated once or given back late does not.
 */

const rounds = 4;
const handshakes = 400;

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

async function memoryAfterHandshakes(): Promise<number> {
  await mapBounded(Array.from({ length: handshakes }), 32, async () => {
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

let leastGrowth = Infinity;
let before = await memoryAfterHandshakes();
for (let round = 0; round < rounds; round += 1) {
  const after = await memoryAfterHandshakes();
  leastGrowth = Math.min(leastGrowth, after - before);
  before = after;
}
process.stdout.write(String(leastGrowth / handshakes));
await proxy.stop();
