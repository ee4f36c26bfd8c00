import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { InjectedPod, InjectionContext } from '../../../simulator/mesh/injector/injection.ts';
import { injectionPatch, isInjectable } from '../../../simulator/mesh/injector/injection.ts';

const context: InjectionContext = {
  namespace: 'shop',
  namespaceInject: 'enabled',
  trustRoots: '\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\n',
  owner: { kind: 'Deployment', name: 'web' },
};

function pod(changes: { annotations?: Record<string, string>; spec?: object } = {}): InjectedPod {
  const { annotations, spec } = changes;
  return {
    metadata: { labels: { app: 'web' }, ...(annotations && { annotations }) },
    spec: { containers: [{ name: 'app' }], ...spec },
  };
}

function valueAt(path: string): unknown {
  const operation = injectionPatch(pod(), context).find((candidate) => candidate.path === path);
  return operation?.value;
}

describe('the injector’s patch', () => {
  it('adds the native sidecar behind linkerd-init, before what the pod has itself', () => {
    const patch = injectionPatch(pod({ spec: { initContainers: [{ name: 'own' }] } }), context);

    const added = patch.find(({ path }) => path === '/spec/initContainers')?.value;

    assert.ok(Array.isArray(added));
    assert.deepEqual(
      added.map((container: { name: string; restartPolicy?: string }) => [
        container.name,
        container.restartPolicy,
      ]),
      [
        ['linkerd-init', undefined],
        ['linkerd-proxy', 'Always'],
        ['own', undefined],
      ],
    );
  });

  it('writes the bundle into the environment, trimmed and with one newline', () => {
    const [, proxy] = valueAt('/spec/initContainers') as {
      env: { name: string; value: string }[];
    }[];

    const anchors = proxy?.env.find(({ name }) => name === 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS');

    assert.equal(anchors?.value, `${context.trustRoots.trim()}\n`);
  });

  it('annotates the hash of the raw file, not of what it writes into the environment', () => {
    const annotations = valueAt('/metadata/annotations') as Record<string, string>;

    assert.equal(
      annotations['linkerd.io/trust-root-sha256'],
      createHash('sha256').update(context.trustRoots).digest('hex'),
    );
  });

  it('labels the pod with its control plane, its namespace and its Deployment', () => {
    assert.deepEqual(valueAt('/metadata/labels'), {
      app: 'web',
      'linkerd.io/control-plane-ns': 'linkerd',
      'linkerd.io/proxy-deployment': 'web',
      'linkerd.io/workload-ns': 'shop',
    });
  });
});

describe('the injector', () => {
  const annotated = (value: string): InjectedPod =>
    pod({ annotations: { 'linkerd.io/inject': value } });
  const unasked: InjectionContext = { ...context, namespaceInject: undefined };

  it('follows the namespace unless the pod says otherwise', () => {
    assert.ok(isInjectable(pod(), context));
    assert.ok(!isInjectable(annotated('disabled'), context));
    assert.ok(!isInjectable(pod(), unasked));
    assert.ok(isInjectable(annotated('enabled'), unasked));
  });

  it('leaves alone pods on the host network and those that have a proxy', () => {
    assert.ok(!isInjectable(pod({ spec: { hostNetwork: true } }), context));
    assert.ok(!isInjectable(pod({ spec: { containers: [{ name: 'linkerd-proxy' }] } }), context));
  });
});
