import type { EventRecorder } from '../identity/event-recorder.ts';
import type { IdentityController } from '../identity/identity.ts';
import { startIdentity } from '../identity/identity.ts';
import { identityOfToken } from '../identity/token-review.ts';
import { startInjector } from '../injector/injector.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { Container, Label, Port } from '../linkerd-names.ts';
import { startProxyProgram } from '../proxy/proxy-program.ts';
import { startProxy } from '../proxy/proxy.ts';
import type { ContainerProcess, ReportProblem } from './container-process.ts';
import type { MountedFiles } from './mounted-files.ts';
import type { NodeSettings } from './node-settings.ts';
import type { ContainerObject, PodObject } from './pod-object.ts';

export interface ContainerContext {
  readonly controlPlaneApi: KubeApi;
  readonly pod: PodObject;
  readonly podIp: string;
  readonly files: MountedFiles;
  readonly environment: ReadonlyMap<string, string>;
  readonly settings: NodeSettings;
  readonly events: EventRecorder;
  readonly reportProblem: ReportProblem;
  identityPodIps(): readonly string[];
  readonly identityAddress: string;
  readonly localIdentity: () => IdentityController | undefined;
  /** What `ready()` says may have changed. */
  onChange(): void;
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
  const { controlPlaneApi: api, podIp, settings } = context;
  const component = context.pod.metadata.labels[Label.Component];
  if (container.name === Container.Proxy) return startProxyContainer(context, component);
  if (container.name === Container.Identity && component === 'identity') {
    return startIdentity({
      podIp,
      files: context.files,
      events: context.events,
      args: container.args,
      authenticate: (token) => identityOfToken(api, token),
      listens: settings.proxyBinary !== undefined,
    });
  }
  if (container.name === Container.Injector && component === 'proxy-injector') {
    return startInjector({ ...context, api });
  }
  return idle;
}

function startProxyContainer(
  context: ContainerContext,
  component: string | undefined,
): Promise<ContainerProcess> {
  const { settings, localIdentity, identityAddress, ...rest } = context;
  const { proxyBinary: program, minRefreshMs } = settings;
  const isIdentity = component === 'identity';
  if (program !== undefined) {
    const ownAddress = `${context.podIp}:${Port.Identity}`;
    return startProxyProgram({
      ...rest,
      program,
      identityAddress: isIdentity ? ownAddress : identityAddress,
    });
  }
  return startProxy({ ...rest, minRefreshMs, ...(isIdentity ? { localIdentity } : {}) });
}
