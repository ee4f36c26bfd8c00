import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const program = path.join(import.meta.dirname, 'handshake-memory-process.ts');
/** A certificate that is never freed is 4 KiB, and behind each leaf there are two here. */
const mostBytes = 3_000;

describe('the memory of a process that asks proxies', () => {
  it('does not grow with the handshakes', async () => {
    // glibc's further arenas would be filled one after the other.
    const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
    const args = ['--expose-gc', '--max-semi-space-size=1', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    assert.ok(Number(stdout) < mostBytes, `it grows by ${stdout} bytes with each handshake`);
  });
});
