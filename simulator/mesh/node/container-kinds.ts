import type { EventRecorder } from '../identity/event-recorder.ts';
import type { IdentityController } from '../identity/identity.ts';
import { startIdentity } from '../identity/identity.ts';
import { startInjector } from '../injector/injector.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { Container, Label } from '../linkerd-names.ts';
import { startProxy } from '../proxy/proxy.ts';
import type { ContainerProcess, ReportProblem } from './container-process.ts';
import type { MountedFiles } from './mounted-files.ts';
import type { NodeSettings } from './node-settings.ts';
import type { ContainerObject, PodObject } from './pod-object.ts';

export interface ContainerContext {
  readonly api: KubeApi;
  readonly pod: PodObject;
  readonly podIp: string;
  readonly files: MountedFiles;
  readonly environment: ReadonlyMap<string, string>;
  readonly settings: NodeSettings;
  readonly events: EventRecorder;
  readonly reportProblem: ReportProblem;
  identityPodIps(): readonly string[];
  readonly localIdentity: () => IdentityController | undefined;
  onLeaf(): void;
}

/** A container that nobody looks into: it runs, and that is all. */
const idle: ContainerProcess = { ready: () => true, stop: () => Promise.resolve() };

/**
 * Starts what the container's name stands for in Linkerd; every other container just runs.
 *
 * @throws when the real program would exit at start.
 */
export async function startContainer(
  container: ContainerObject,
  context: ContainerContext,
): Promise<ContainerProcess> {
  const component = context.pod.metadata.labels[Label.Component];
  if (container.name === Container.Proxy) {
    const { minRefreshMs } = context.settings;
    const { localIdentity, ...rest } = context;
    return startProxy({
      ...rest,
      minRefreshMs,
      ...(component === 'identity' ? { localIdentity } : {}),
    });
  }
  if (container.name === Container.Identity && component === 'identity') {
    return startIdentity({ ...context, args: container.args });
  }
  if (container.name === Container.Injector && component === 'proxy-injector') {
    return startInjector(context);
  }
  return idle;
}
