import type { Pod } from '../../../simulator/cluster/objects.ts';
import { PODS } from '../../../simulator/cluster/resources.ts';
import { startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';
import { startFakeKubelet } from './fake-kubelet.ts';
import type { FakeKubelet } from './fake-kubelet.ts';

export const namespace = 'default';
/** A change of the pod template, as a strategic merge patch of any workload. */
export const RESTART = { spec: { template: { metadata: { annotations: { restarted: 'yes' } } } } };

/** Members of a workload with one container and `app=<name>` as its selector. */
export function workload(name: string, spec: object): object {
  const labels = { app: name };
  const container = { name: 'app', image: 'app' };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return { metadata: { name }, spec: { selector: { matchLabels: labels }, template, ...spec } };
}

export function isRestarted(pod: Pod): boolean {
  return pod.metadata.annotations?.['restarted'] === 'yes';
}

export function isServing(pod: Pod): boolean {
  const conditions = pod.status?.conditions ?? [];
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return pod.metadata.deletionTimestamp === undefined && isReady;
}

export interface WorkloadFixture extends ClusterFixture {
  kubelet: FakeKubelet;
  /** Pods of a workload, by name. */
  pods(app: string): Pod[];
  /** Follows how many pods serve and exist from now on. */
  watchLimits(app: string): { fewestServing: number; mostPods: number };
}

/** Three nodes with a kubelet that makes pods Ready at once. */
export async function startWorkloadFixture(): Promise<WorkloadFixture> {
  const base = await startFixture({ nodes: ['node-1', 'node-2', 'node-3'] });
  const { store } = base.cluster;
  const kubelet = startFakeKubelet(base.cluster.api);
  function pods(app: string): Pod[] {
    return store.list(PODS, namespace).filter(({ metadata }) => metadata.labels?.['app'] === app);
  }
  return {
    ...base,
    kubelet,
    pods,
    watchLimits(app) {
      const limits = { fewestServing: Infinity, mostPods: 0 };
      store.subscribe(({ resource }) => {
        if (resource !== PODS) return;
        const live = pods(app).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        limits.fewestServing = Math.min(limits.fewestServing, live.filter(isServing).length);
        limits.mostPods = Math.max(limits.mostPods, live.length);
      });
      return limits;
    },
    async stop() {
      kubelet.stop();
      await base.stop();
    },
  };
}
