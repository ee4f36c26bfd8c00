import assert from 'node:assert/strict';
import { renderHandover, renderSummary } from '../../deploy/local/demo-summary.ts';
import type { HandshakeFailure, PeerView } from '../../simulator/mesh/traffic/traffic-counts.ts';

const client: PeerView = {
  pod: 'shop/web-1',
  state: '{a}/{a}',
  anchors: ['a'],
  leaf: 'leaf',
  leafNotAfter: '2026-01-01T00:00:00.000Z',
  issuerChain: [],
};
const server: PeerView = { ...client, pod: 'linkerd/identity-1', state: '{a,b}/{b}' };

describe('summary of the demo', () => {
  it('shows each phase with its handshakes, and the pairs that failed with an example', () => {
    const failure: HandshakeFailure = {
      at: '2026-01-01T00:00:00.000Z',
      afterMs: 12,
      result: 'client-rejected',
      detail: 'unknown issuer',
      client,
      server,
    };
    const text = renderSummary({
      traffic: {
        tried: 30,
        failed: 2,
        phases: {
          'restart the control plane': {
            tried: 30,
            failed: 2,
            failuresByResult: { 'client-rejected': 2 },
            clients: {},
            servers: {},
            statePairs: [{ client: client.state, server: server.state, tried: 5, failed: 2 }],
            failures: [failure],
          },
        },
      },
      gaps: ['a gap'],
      steps: [{ name: 'restart the control plane', seconds: 4.25 }],
    }).join('\n');

    assert.match(text, /restart the control plane +4\.3 +30 +2/);
    assert.match(
      text,
      /2 of 5 from \{a\}\/\{a\} to \{a,b\}\/\{b\}.*shop\/web-1.*client-rejected after 12 ms/,
    );
    assert.match(text, /Not covered: a gap/);
  });

  it('hands over to a person in another terminal', () => {
    const lines = renderHandover({ KUBECONFIG: '/tmp/k.yaml', TEMPORAL_ADDRESS: '127.0.0.1:7233' });

    assert.deepEqual(lines.slice(2), [
      '  export KUBECONFIG=/tmp/k.yaml',
      '  export TEMPORAL_ADDRESS=127.0.0.1:7233',
      '  npm run linkerd-trust -- inspect',
    ]);
  });
});
