import { stringify } from 'yaml';

import type { InjectedPod } from '../../../simulator/mesh/injector/injection.ts';
import { injectionPatch } from '../../../simulator/mesh/injector/injection.ts';
import { controlPlaneObjects } from '../../../simulator/mesh/install/control-plane-objects.ts';
import { assertGolden } from '../../support/golden-file.ts';

/**
 * What programs that look at a mesh find in it: names, labels, annotations, arguments, environment, ports,
 * probes and mounts are those of Linkerd edge-26.8.3. A slip in one of them would show nowhere else.
 */
describe('what the simulated Linkerd puts into the cluster', () => {
  it("is the injector's patch, value by value", async () => {
    const pod: InjectedPod = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', ports: [{ containerPort: 8_080 }] }] },
    };
    const patch = injectionPatch(pod, {
      namespace: 'meshed',
      namespaceInject: 'enabled',
      trustRoots: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      owner: { kind: 'Deployment', name: 'web' },
    });

    const added = Object.fromEntries(patch.map(({ path, value }) => [path, value]));
    await assertGolden('test/simulator/mesh/golden/injected-pod.yaml', yaml(added));
  });

  it("is the chart's control plane, value by value", async () => {
    const objects = controlPlaneObjects({
      replicas: 1,
      leafLifetimeMs: 86_400_000,
      clockSkewMs: 20_000,
      failurePolicy: 'Ignore',
      webhookUrl: 'https://127.0.0.1:8443/',
    });

    const text = objects.map((object) => yaml(object)).join('---\n');
    await assertGolden('test/simulator/mesh/golden/control-plane.yaml', text);
  });
});

function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, singleQuote: true });
}
