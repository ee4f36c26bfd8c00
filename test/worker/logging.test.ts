import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { makeRoot } from '../support/certificates.ts';

const logging = new URL('../../worker/logging.ts', import.meta.url).href;

/** Runs code with a logger in a process of its own, and answers with the lines it wrote. */
async function linesOf(code: string, variables: Record<string, string> = {}): Promise<unknown[]> {
  const program = `
    import { createLogger, createObservationLog } from ${JSON.stringify(logging)};
    const logger = createLogger('info');
    ${code}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { env: { ...process.env, ...variables } },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

describe('the log of the worker', () => {
  it('is lines of JSON with level, time, message and fields, from its level on', async () => {
    const lines = await linesOf(`
      logger.trace('not this');
      logger.debug('nor this');
      logger.info('worker started', { taskQueue: 'q', at: 12n });
      logger.warn('slow');
      logger.error('broken');
      logger.log('INFO', 'by level');
      const log = createObservationLog(logger);
      log.info({ pods: 3 }, 'listed');
      log.warn({ pod: 'web-1' }, 'no answer');`);

    assert.deepEqual(
      // Sound: each line is an object that the logger has written.
      (lines as Record<string, unknown>[]).map(({ level, msg }) => [level, msg]),
      [
        ['info', 'worker started'],
        ['warn', 'slow'],
        ['error', 'broken'],
        ['info', 'by level'],
        ['info', 'listed'],
        ['warn', 'no answer'],
      ],
    );
    const { time, ...first } = lines[0] as Record<string, unknown>;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.deepEqual(first, {
      level: 'info',
      service: 'linkerd-trust-rotation',
      taskQueue: 'q',
      at: '12',
      msg: 'worker started',
    });
  });

  it('blots private keys out, wherever in a line they stand', async () => {
    const { keyPem, pem } = await makeRoot('root');
    const lines = await linesOf(
      `
      const key = process.env.TEST_KEY;
      logger.info('a key: ' + key, { secret: { data: key } });
      logger.error('cut off', { error: new Error(key.slice(0, 60)) });
      logger.info('public', { pem: process.env.TEST_CERTIFICATE });`,
      { TEST_KEY: keyPem, TEST_CERTIFICATE: pem },
    );

    const text = JSON.stringify(lines.slice(0, 2));
    assert.doesNotMatch(text, /BEGIN/);
    assert.ok(!text.includes(keyPem.split('\n')[1] ?? ''));
    assert.equal(text.match(/\[private key removed\]/g)?.length, 4);
    assert.match(JSON.stringify(lines[2]), /BEGIN CERTIFICATE/);
  });
});
