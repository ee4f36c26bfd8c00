import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { startInjector } from '../../../simulator/mesh/injector/injector.ts';
import { Port } from '../../../simulator/mesh/linkerd-names.ts';
import { createServerCertificate } from '../../../simulator/server-certificate.ts';
import { fakeApi } from './fake-api.ts';

const podIp = '127.211.0.1';

describe('a simulated injector', () => {
  it('ends although the API server has a connection to spare, as Go clients do', async () => {
    const { certificate, key } = await createServerCertificate(podIp, 'injector');
    const injector = await startInjector({
      api: fakeApi(() => assert.fail('nothing is injected here')),
      podIp,
      files: {
        read: (path) => (path.endsWith('tls.key') ? key : certificate),
        onSwap: () => () => undefined,
      },
      reportProblem: (what, cause) => assert.fail(`${what}: ${String(cause)}`),
    });
    const spare = connect({ host: podIp, port: Port.Injector, rejectUnauthorized: false });
    spare.on('error', () => undefined);
    await once(spare, 'secureConnect');

    const startedMs = Date.now();
    await injector.stop();

    // Left to itself Node waits a minute for a first request.
    assert.ok(Date.now() - startedMs < 30_000);
    spare.destroy();
  });
});
