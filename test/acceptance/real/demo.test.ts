import assert from 'node:assert/strict';
import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { waitFor } from '../../support/wait-for.ts';
import { Descendants } from '../support/descendants.ts';
import { scenarioTimeoutMs, stateTimeoutMs } from '../support/patience.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';

const program = path.join(import.meta.dirname, '../../../deploy/local/demo.ts');

describe('npm run demo -- --real', function () {
  this.timeout(scenarioTimeoutMs);
  requireRealCluster();

  it('rotates the mesh without a failed handshake, and leaves nothing behind', async () => {
    const demo = new RunningDemo('--pace', 'urgent');
    await demo.ended;

    assert.equal(demo.exitCode, 0, demo.said);
    assert.match(demo.said, /^The trust anchor was rotated: 0 of [1-9]\d* handshakes failed\.$/m);
    assert.deepEqual(await demo.left(), []);
  });

  it('leaves nothing behind after Ctrl-C in the middle of the rotation', async () => {
    const demo = new RunningDemo('--pace', 'urgent');
    await waitFor(() => demo.said.includes('phase ReplacingLeaves: '), {
      what: 'the middle of the rotation',
      timeoutMs: stateTimeoutMs,
    });
    assert.ok((await demo.components()).length >= 6, 'the whole control plane runs');
    demo.interrupt();
    await demo.ended;

    assert.equal(demo.exitCode, 130, demo.said);
    assert.match(demo.said, /^Nothing of it runs any more\.$/m);
    assert.deepEqual(await demo.left(), []);
  });
});

class RunningDemo {
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #descendants: Descendants;
  #said = '';

  constructor(...options: string[]) {
    this.#child = spawn(process.execPath, [program, '--real', ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // It starts a server of its own, as in a shell.
      env: { ...process.env, TEMPORAL_ADDRESS: '' },
    });
    this.#descendants = new Descendants(this.#child.pid ?? NaN);
    this.ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    }
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Everything that it has written. */
  get said(): string {
    return this.#said;
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  components(): ReturnType<Descendants['components']> {
    return this.#descendants.components();
  }

  left(): ReturnType<Descendants['left']> {
    return this.#descendants.left();
  }
}
