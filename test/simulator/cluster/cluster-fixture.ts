import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { Agent, fetch } from 'undici';
import { z } from 'zod';
import type { ClusterOptions } from '../../../simulator/cluster/cluster-options.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { waitForStore } from './wait-for-store.ts';
import { patienceMs } from '../../support/patience.ts';

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  user?: string;
}

export interface ClusterFixture {
  cluster: SimulatedCluster;
  kubeConfig: KubeConfig;
  core: CoreV1Api;
  apps: AppsV1Api;
  custom: CustomObjectsApi;
  /** A request the generated client has no method for, e.g. with a header of its own. */
  request(path: string, options?: RequestOptions): Promise<{ status: number; body: string }>;
  until(what: string, condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster with the product's own client connected to it. */
export async function startFixture(
  options: ClusterOptions = {},
  user?: string,
): Promise<ClusterFixture> {
  const cluster = await startCluster({ rolloutTickMs: 1, ...options });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(cluster.kubeConfigYaml(user));
  const dispatcher = new Agent({ connect: { ca: cluster.ca } });
  return {
    cluster,
    kubeConfig,
    core: kubeConfig.makeApiClient(CoreV1Api),
    apps: kubeConfig.makeApiClient(AppsV1Api),
    custom: kubeConfig.makeApiClient(CustomObjectsApi),
    async request(path, options = {}) {
      const response = await fetch(cluster.url + path, {
        method: options.method ?? 'GET',
        headers: { authorization: `Bearer ${options.user ?? 'admin'}`, ...options.headers },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        dispatcher,
      });
      return { status: response.status, body: await response.text() };
    },
    until: (what, condition) =>
      waitForStore(cluster.store, { what, until: condition, timeoutMs: patienceMs }),
    async stop() {
      await dispatcher.destroy();
      await cluster.stop();
    },
  };
}

export const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
export const STRATEGIC = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
export const JSON_PATCH = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
export const APPLY = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

/** A body of one of the client's classes, from its members. */
export function make<Body extends object>(type: new () => Body, members: object): Body {
  return Object.assign(new type(), members);
}

const failureSchema = z.object({ code: z.number(), body: z.string() });
const statusSchema = z.object({ reason: z.string() });

/** Accepts the client's error for a refusal of this code and Kubernetes reason; for `assert.rejects`. */
export function refusal(code: number, reason: string): (error: unknown) => boolean {
  return (error) => {
    const failure = failureSchema.parse(error);
    const status = statusSchema.parse(JSON.parse(failure.body));
    return failure.code === code && status.reason === reason;
  };
}
