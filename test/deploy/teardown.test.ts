import assert from 'node:assert/strict';
import { Teardown, TornDownError } from '../../deploy/local/teardown.ts';

describe('a teardown', () => {
  let teardown: Teardown;
  let stopped: string[];
  beforeEach(() => {
    teardown = new Teardown();
    stopped = [];
  });

  const stop = (name: string): Promise<void> => {
    stopped.push(name);
    return Promise.resolve();
  };

  it('stops what was started, last first', async () => {
    teardown.add(() => stop('cluster'));
    await teardown.start(() => Promise.resolve('worker'), stop);
    await teardown.run();

    assert.deepEqual(stopped, ['worker', 'cluster']);
  });

  it('stops what is still starting once it is up, and its user goes no further', async () => {
    const up = Promise.withResolvers<string>();
    const used = teardown.start(() => up.promise, stop);
    const over = teardown.run();
    up.resolve('cluster');

    await assert.rejects(used, TornDownError);
    await over;
    assert.deepEqual(stopped, ['cluster']);
  });

  it('lets nothing begin after it', async () => {
    await teardown.run();

    await assert.rejects(
      teardown.start(() => assert.fail('it began'), stop),
      TornDownError,
    );
  });

  it('has nothing to stop where a start failed', async () => {
    const failing = teardown.start(() => Promise.reject(new Error('no port')), stop);

    await assert.rejects(failing, /no port/);
    await teardown.run();
    assert.deepEqual(stopped, []);
  });

  it('tries every step, and then throws the first error', async () => {
    teardown.add(() => stop('cluster'));
    teardown.add(() => Promise.reject(new Error('it hangs')));

    await assert.rejects(teardown.run(), /it hangs/);
    assert.deepEqual(stopped, ['cluster']);
  });
});
