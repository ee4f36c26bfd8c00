import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { request } from 'undici';
import { freePorts } from '../../worker/free-ports.ts';
import { connectKubeApi } from '../../simulator/mesh/kube/kube-api.ts';
import type { CertifiedKey, ClusterAuthority, Subject } from './cluster-certificates.ts';
import { createClusterAuthority } from './cluster-certificates.ts';
import { Component } from './component.ts';
import type { CertManagerFlags, ControlPlanePlaces } from './component-flags.ts';
import * as flags from './component-flags.ts';
import type { Print } from './components-binary.ts';
import { componentsBinary } from './components-binary.ts';
import type { Crd } from './custom-resource-definitions.ts';
import {
  customResourceDefinitions,
  installCustomResourceDefinitions,
} from './custom-resource-definitions.ts';
import type { Credentials } from './kubeconfig.ts';
import { kubeConfigYaml } from './kubeconfig.ts';

export interface RealClusterOptions {
  readonly certManager?: CertManagerFlags;
  /** Changes a CRD before it is installed, as another version of cert-manager would have it. */
  readonly changeCrd?: (crd: Crd) => Crd;
  /** A program that holds the components, in the place of the one that is built. */
  readonly components?: string;
  /** Told in lines what takes long; default: nobody. */
  readonly print?: Print;
}

/** A real Kubernetes control plane with cert-manager and trust-manager, without nodes. */
export interface RealCluster {
  /** Where data, logs and kubeconfigs are. */
  readonly folder: string;
  /** Of a cluster administrator. */
  readonly kubeConfigYaml: string;
  kubeConfigFor(user: string, credentials: Credentials): string;
  readonly etcd: Component;
  /** Of etcd's gateway: for objects in numbers that the API server would take minutes to accept. */
  readonly etcdUrl: string;
  readonly apiServer: Component;
  readonly certManager: Component;
  readonly trustManager: Component;
  stop(): Promise<void>;
  /** At once, for a cluster that nobody will look into again. */
  discard(): Promise<void>;
}

const administrators = 'system:masters';
const startAttempts = 3;

/**
 * Starts the real components as processes on the loopback; they end with this process, however that
 * ends. The first start on a machine builds them.
 *
 * @throws {GoMissingError} when they must be built and Go is missing
 * @throws with the words of the component that does not come up; nothing is left running then
 */
export async function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  const { components, print = () => undefined } = options;
  const binary = components ?? (await componentsBinary(print));
  const crds = await customResourceDefinitions();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(binary, crds, options);
    } catch (error) {
      // A port that was free when it was picked may have been taken since; other ones are tried.
      const isPortTaken = /address already in use/.test(String(error));
      if (!isPortTaken || attempt === startAttempts) throw error;
    }
  }
}

async function startOnce(
  binary: string,
  crds: readonly Crd[],
  options: RealClusterOptions,
): Promise<RealCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'real-cluster-'));
  const authority = await createClusterAuthority();
  const places = await writePlaces(folder, authority);
  const cluster = componentsOf(binary, places, {
    authority,
    admin: await authority.clientPair({ user: 'admin', groups: [administrators] }),
    ...(options.certManager && { certManager: options.certManager }),
  });
  try {
    await Promise.all([cluster.etcd.start(), cluster.apiServer.start()]);
    const api = await connectKubeApi(cluster.kubeConfigYaml);
    try {
      const { changeCrd = (crd: Crd) => crd } = options;
      await installCustomResourceDefinitions(api, crds.map(changeCrd));
    } finally {
      await api.close();
    }
    const controllers = cluster.all.filter(({ pid }) => pid === undefined);
    await Promise.all(controllers.map((component) => component.start()));
    const ended = cluster.all.find(({ lastWords }) => lastWords !== undefined);
    if (ended !== undefined) throw new Error(`${ended.name} did not start: ${ended.lastWords}`);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function writePlaces(
  folder: string,
  authority: ClusterAuthority,
): Promise<ControlPlanePlaces> {
  const [etcd, etcdPeer, apiServer, metrics, readiness, webhook] = await freePorts(6);
  const ports = {
    etcd: etcd ?? 0,
    etcdPeer: etcdPeer ?? 0,
    apiServer: apiServer ?? 0,
    trustManagerMetrics: metrics ?? 0,
    trustManagerReadiness: readiness ?? 0,
    trustManagerWebhook: webhook ?? 0,
  };
  const write = (name: string, text: string): Promise<void> =>
    writeFile(path.join(folder, name), text, { mode: 0o600 });
  const { serverPair } = authority;
  await mkdir(path.join(folder, 'webhook'));
  await write('ca.crt', authority.certificate);
  await write('server.crt', serverPair.certificate);
  await write('server.key', serverPair.key);
  await write('webhook/tls.crt', serverPair.certificate);
  await write('webhook/tls.key', serverPair.key);
  await write('service-accounts.key', authority.serviceAccountKey);
  const places = { folder, ports };
  const users: readonly Subject[] = [
    { user: 'system:kube-controller-manager' },
    { user: 'system:kube-scheduler' },
    { user: 'system:cert-manager', groups: [administrators] },
    { user: 'system:trust-manager', groups: [administrators] },
  ];
  for (const subject of users) {
    const file = `${subject.user.replace('system:', '')}.yaml`;
    await write(file, await kubeConfigOf(places, authority, subject));
  }
  return places;
}

async function kubeConfigOf(
  { ports }: ControlPlanePlaces,
  authority: ClusterAuthority,
  subject: Subject,
): Promise<string> {
  return kubeConfigYaml({
    url: `https://127.0.0.1:${String(ports.apiServer)}`,
    authority: authority.certificate,
    user: subject.user,
    credentials: await authority.clientPair(subject),
  });
}

function componentsOf(
  binary: string,
  places: ControlPlanePlaces,
  given: {
    readonly authority: ClusterAuthority;
    readonly admin: CertifiedKey;
    readonly certManager?: CertManagerFlags;
  },
): RealCluster & { readonly all: readonly Component[] } {
  const { folder, ports } = places;
  const { authority, admin } = given;
  const component = (
    name: string,
    flagsOf: () => readonly string[],
    ready?: () => Promise<boolean>,
  ): Component => new Component({ name, binary, folder, flags: flagsOf, ...(ready && { ready }) });
  const url = `https://127.0.0.1:${String(ports.apiServer)}`;

  const etcdUrl = `http://127.0.0.1:${String(ports.etcd)}`;
  const etcd = component(
    'etcd',
    () => flags.etcdFlags(places),
    () => answers(`${etcdUrl}/health`),
  );
  const apiServer = component(
    'kube-apiserver',
    () => flags.apiServerFlags(places),
    () => isReady(url, authority, admin),
  );
  const certManager = component('cert-manager', () =>
    flags.certManagerFlags(places, given.certManager),
  );
  const trustManager = component(
    'trust-manager',
    () => flags.trustManagerFlags(places),
    () => answers(`http://127.0.0.1:${String(ports.trustManagerReadiness)}/readyz`),
  );
  const others = [
    component('kube-controller-manager', () => flags.controllerManagerFlags(places)),
    component('kube-scheduler', () => flags.schedulerFlags(places)),
  ];
  const kubeConfigFor = (user: string, credentials: Credentials): string =>
    kubeConfigYaml({ url, authority: authority.certificate, user, credentials });
  const all = [etcd, apiServer, ...others, certManager, trustManager];
  return {
    folder,
    kubeConfigYaml: kubeConfigFor('admin', admin),
    kubeConfigFor,
    etcd,
    etcdUrl,
    apiServer,
    certManager,
    trustManager,
    all,
    stop: async () => {
      // The API server waits for open requests as long as its clients and etcd are there.
      const [store, server, ...clients] = all;
      await Promise.all(clients.map((client) => client.stop()));
      await server?.stop();
      await store?.stop();
      await rm(folder, { recursive: true, force: true });
    },
    discard: async () => {
      await Promise.all(all.map((one) => one.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(2_000) });
  await body.dump();
  return statusCode === 200;
}

function isReady(url: string, authority: ClusterAuthority, client: CertifiedKey): Promise<boolean> {
  const { certificate: ca } = authority;
  const options = { ca, cert: client.certificate, key: client.key, agent: false, timeout: 2_000 };
  return new Promise((resolve, reject) => {
    get(`${url}/readyz`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .once('error', reject)
      .once('timeout', () => resolve(false));
  });
}
