import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';

describe('the documented objects', () => {
  it("are those of Linkerd's guide, and ours beside them under names of their own", () => {
    const { trustAnchor, previousAnchor, identityIssuer, bundle, bridge, probe } =
      documentedObjects;
    const secrets = [trustAnchor, previousAnchor, identityIssuer, bridge, probe];

    assert.equal(trustAnchor, 'linkerd-trust-anchor');
    assert.equal(previousAnchor, 'linkerd-previous-anchor');
    assert.equal(bundle, 'linkerd-identity-trust-roots');
    assert.equal(new Set(secrets).size, secrets.length);
  });
});
