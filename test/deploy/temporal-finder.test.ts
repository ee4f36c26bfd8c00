import assert from 'node:assert/strict';
import type { Candidate, Finding } from '../../deploy/local/temporal-finder.ts';
import { findTemporal, TemporalNotFoundError } from '../../deploy/local/temporal-finder.ts';

function candidate(name: string, finding: Finding, looked: string[] = []): Candidate {
  return {
    name,
    look: () => {
      looked.push(name);
      return Promise.resolve(finding);
    },
  };
}

const program: Finding = { kind: 'executable', path: '/opt/temporal', detail: 'version 1.9.1' };

describe('findTemporal', () => {
  it('takes the first place that has something and looks no further', async () => {
    const looked: string[] = [];

    const found = await findTemporal([
      candidate('first', { kind: 'absent', reason: 'not set' }, looked),
      candidate('second', program, looked),
      candidate('third', program, looked),
    ]);

    assert.deepEqual(found, {
      kind: 'executable',
      path: '/opt/temporal',
      source: 'second (version 1.9.1)',
    });
    assert.deepEqual(looked, ['first', 'second']);
  });

  it('prefers a running server that is named before any program', async () => {
    const found = await findTemporal([
      candidate('TEMPORAL_ADDRESS', { kind: 'server', address: 'host:1', detail: 'host:1' }),
      candidate('program', program),
    ]);

    assert.deepEqual(found, {
      kind: 'server',
      address: 'host:1',
      source: 'TEMPORAL_ADDRESS (host:1)',
    });
  });

  it('does not replace silently what the user named and what does not work', async () => {
    const looked: string[] = [];
    const search = findTemporal([
      candidate('TEMPORAL_CLI_PATH', { kind: 'broken', reason: '/x: no such program' }, looked),
      candidate('program', program, looked),
    ]);

    await assert.rejects(search, {
      name: 'TemporalNotFoundError',
      message: /TEMPORAL_CLI_PATH is set but cannot be used: \/x: no such program/,
    });
    assert.deepEqual(looked, ['TEMPORAL_CLI_PATH']);
  });

  it('says in one error what was tried, why each failed and how to get a server', async () => {
    const search = findTemporal([
      candidate('TEMPORAL_ADDRESS', { kind: 'absent', reason: 'not set' }),
      candidate('temporal on PATH', { kind: 'absent', reason: 'in none of its 7 folders' }),
    ]);

    await assert.rejects(search, (error) => {
      assert.ok(error instanceof TemporalNotFoundError);
      const lines = error.message.split('\n');
      assert.deepEqual(lines.slice(0, 4), [
        'No Temporal dev server was found. Tried, in this order:',
        '  1. TEMPORAL_ADDRESS: not set',
        '  2. temporal on PATH: in none of its 7 folders',
        'Any one of these gives you one:',
      ]);
      assert.match(error.message, /set TEMPORAL_ADDRESS=host:port/);
      assert.match(error.message, /TEMPORAL_CLI_PATH/);
      assert.match(error.message, /python3-venv/);
      return true;
    });
  });
});
