import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { trackConnections } from '../../simulator/track-connections.ts';
import { createServerCertificate } from '../fakes/server-certificate.ts';

describe('tracked connections', () => {
  it('end with their server, those that have not shaken hands yet, too', async () => {
    // Longer than the test may take: Node itself would wait two minutes for it.
    const handshakeTimeout = 3_600_000;
    const server = createServer({ ...(await createServerCertificate()), handshakeTimeout });
    const cutConnections = trackConnections(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // Sound: a listening TCP server has an AddressInfo.
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(server, 'connection');

    server.close();
    cutConnections();
    await Promise.all([once(server, 'close'), once(client, 'close')]);
  });
});
