import assert from 'node:assert/strict';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { ResourceType } from '../../mesh/kubernetes/resources.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { restartWorkload, rolloutStatus } from '../../mesh/workloads.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { patienceMs } from '../support/patience.ts';

const webhookConfigurations: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
};
/** Nobody listens there. */
const injector = {
  name: 'linkerd-proxy-injector.linkerd.io',
  clientConfig: { url: 'https://127.0.0.1:1/' },
  failurePolicy: 'Fail',
  rules: [{ operations: ['CREATE'], apiGroups: [''], resources: ['pods'] }],
};
const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };

describe('a restart whose pods are refused', () => {
  it('tells why, and no longer once they are taken', async () => {
    const cluster = await startCluster({ nodes: ['node-1'] });
    const kube = await connectCluster({
      kubeConfigYaml: cluster.kubeConfigYaml(),
      requestTimeoutMs: patienceMs,
    });
    const details = async (wanted: RegExp): Promise<void> => {
      await waitFor(async () => wanted.test((await rolloutStatus(kube, web)).detail), {
        what: `a rollout that shows ${String(wanted)}`,
      });
    };
    try {
      await kube.create({ type: resources.namespaces, name: web.namespace }, {});
      const labels = { app: web.name };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'app' }] } };
      await kube.create(
        { type: resources.deployments, namespace: web.namespace, name: web.name },
        { spec: { selector: { matchLabels: labels }, template } },
      );
      await details(/^0 of 1 updated replicas available$/);
      const configuration = { type: webhookConfigurations, name: 'injector' };
      await kube.create(configuration, { webhooks: [injector] });
      assert.equal((await restartWorkload(kube, web, 'r1/both.1')).outcome, 'restarted');
      await details(
        /^0 of 1 replicas updated; pods are refused: .*failed calling webhook "linkerd-proxy-injector/,
      );
      await kube.delete(configuration);
      await details(/^1 old replicas are still ending$/);
    } finally {
      await kube.close();
      await cluster.stop();
    }
  });
});
