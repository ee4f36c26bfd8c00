import assert from 'node:assert/strict';
import { isExceptable } from '../../domain/exceptable.ts';

describe('isExceptable', () => {
  it('is true of what surveys leave out by its name', () => {
    const names = ['pod shop/web-1', 'Deployment shop/web', 'Link mc/west', 'Gateway mc/gateway'];
    assert.deepEqual(names.filter(isExceptable), names);
  });

  it('is false of what a rotation cannot do without', () => {
    const names = [
      'trust bundle',
      'issuer in the Secret',
      'identity replica linkerd/linkerd-identity-0',
      'proxy injector',
      'ConfigMap linkerd/linkerd-identity-trust-roots',
      'Secret cert-manager/linkerd-trust-anchor',
      'web',
    ];
    assert.deepEqual(names.filter(isExceptable), []);
  });
});
