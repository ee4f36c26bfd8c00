import assert from 'node:assert/strict';
import { certificateRef } from '../../mesh/certificates.ts';
import { ConflictError } from '../../mesh/kubernetes/errors.ts';
import type { Kube, RawObject } from '../../mesh/kubernetes/kube.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { triggerRenewal } from '../../mesh/renewal-trigger.ts';

const ref = certificateRef('cert-manager', 'linkerd-trust-anchor');
const nowMs = Date.parse('2026-11-22T02:00:00.700Z');

/** Access to one Certificate whose status is written; `conflicts` writes are refused first. */
function kubeWith(
  object: RawObject,
  conflicts = 0,
): { readonly kube: Kube; readonly written: RawObject[] } {
  const written: RawObject[] = [];
  let refusals = conflicts;
  const unused = (): never => assert.fail('not needed to trigger');
  const kube: Kube = {
    server: 'https://fake',
    get: (_, schema) => Promise.resolve(schema.parse(object)),
    serverTime: () => Promise.resolve({ serverMs: nowMs, localMs: nowMs, offsetMs: 0 }),
    replaceStatus: (_, body) => {
      if (refusals-- > 0) {
        const operation = { verb: 'update', type: resources.certificates } as const;
        const story = { happened: 'it changed', nextStep: 'read again', alreadyExists: false };
        return Promise.reject(new ConflictError(operation, story));
      }
      written.push(body);
      return Promise.resolve({ metadata: { name: 'x' } });
    },
    list: unused,
    follow: unused,
    create: unused,
    patch: unused,
    delete: unused,
    can: unused,
    portForward: unused,
    close: () => Promise.resolve(),
  };
  return { kube, written };
}

function certificate(status?: RawObject): RawObject {
  return {
    metadata: { name: ref.name, resourceVersion: '7', generation: 3 },
    spec: { secretName: 's' },
    ...(status === undefined ? {} : { status }),
  };
}

describe('the trigger of a renewal', () => {
  it('writes the condition of cmctl and leaves everything else as it was', async () => {
    const ready = { type: 'Ready', status: 'True', extra: 'kept' };
    const { kube, written } = kubeWith(certificate({ revision: 1, conditions: [ready], more: 1 }));

    await triggerRenewal(kube, ref, { token: 'r1' });

    assert.deepEqual(written, [
      {
        ...certificate(),
        status: {
          revision: 1,
          more: 1,
          conditions: [
            ready,
            {
              type: 'Issuing',
              status: 'True',
              reason: 'ManuallyTriggered',
              message: 'Certificate re-issuance manually triggered (r1)',
              observedGeneration: 3,
              lastTransitionTime: '2026-11-22T02:00:00Z',
            },
          ],
        },
      },
    ]);
  });

  it('is later than every failure, or cert-manager would fail it at once', async () => {
    const { kube, written } = kubeWith(certificate({ lastFailureTime: '2026-11-22T02:00:05Z' }));

    await triggerRenewal(kube, ref, { token: 'r1', after: '2026-11-22T02:00:09Z' });

    assert.match(JSON.stringify(written), /"lastTransitionTime":"2026-11-22T02:00:10Z"/);
  });

  it('keeps the time of an issuance that is under way', async () => {
    const issuing = { type: 'Issuing', status: 'True', lastTransitionTime: '2026-11-22T01:00:00Z' };
    const { kube, written } = kubeWith(certificate({ conditions: [issuing] }));

    await triggerRenewal(kube, ref, { token: 'r1' });

    assert.match(JSON.stringify(written), /"lastTransitionTime":"2026-11-22T01:00:00Z"/);
  });

  it('reads again when a controller was faster, but not for ever', async () => {
    const lucky = kubeWith(certificate(), 2);
    const unlucky = kubeWith(certificate(), 99);

    await triggerRenewal(lucky.kube, ref, { token: 'r1' });

    assert.equal(lucky.written.length, 1);
    await assert.rejects(triggerRenewal(unlucky.kube, ref, { token: 'r1' }), ConflictError);
  });
});
