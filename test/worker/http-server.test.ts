import assert from 'node:assert/strict';
import type { RunningHttpServer } from '../../worker/http-server.ts';
import { startHttpServer } from '../../worker/http-server.ts';

describe('the http server of the worker', () => {
  let server: RunningHttpServer;
  let isAlive: boolean;
  let isReady: boolean;
  let render: () => Promise<string>;

  beforeEach(async () => {
    isAlive = true;
    isReady = false;
    render = () => Promise.resolve('up 1\n');
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      metrics: { contentType: 'text/plain; version=0.0.4', render: () => render() },
      isAlive: () => isAlive,
      isReady: () => isReady,
    });
  });

  afterEach(() => server.close());

  async function get(path: string): Promise<{ status: number; body: string; type: string | null }> {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return {
      status: answer.status,
      body: await answer.text(),
      type: answer.headers.get('content-type'),
    };
  }

  it('tells whether the process is well and whether it takes work', async () => {
    assert.deepEqual([(await get('/healthz')).status, (await get('/readyz')).status], [200, 503]);

    isAlive = false;
    isReady = true;
    assert.deepEqual(
      [(await get('/healthz')).status, (await get('/readyz?verbose')).status],
      [503, 200],
    );
  });

  it('serves metrics with their content type', async () => {
    assert.deepEqual(await get('/metrics'), {
      status: 200,
      body: 'up 1\n',
      type: 'text/plain; version=0.0.4',
    });
  });

  it('answers 500 when metrics cannot be had, and goes on', async () => {
    render = () => Promise.reject(new Error('no metrics today'));

    const { status, body } = await get('/metrics');

    assert.deepEqual([status, body], [500, 'Error: no metrics today\n']);
    assert.equal((await get('/healthz')).status, 200);
  });

  it('knows no other path', async () => {
    assert.equal((await get('/debug')).status, 404);
  });
});
