import assert from 'node:assert/strict';
import { readTemporalEnvironment } from '../../activities/temporal-environment.ts';

describe("Temporal's variables", () => {
  it('say where the server is', () => {
    const { connectionOptions, namespace } = readTemporalEnvironment({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'trust',
    });
    assert.deepEqual([connectionOptions.address, namespace], ['temporal.example:7233', 'trust']);
  });

  it('say nothing where they are empty', () => {
    const { connectionOptions, namespace } = readTemporalEnvironment({
      TEMPORAL_ADDRESS: '',
      TEMPORAL_NAMESPACE: '',
      TEMPORAL_API_KEY: '',
      TEMPORAL_TLS: '',
    });
    const { address, apiKey } = connectionOptions;
    assert.deepEqual([address, apiKey, namespace], [undefined, undefined, undefined]);
  });
});
