import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';

import { z } from 'zod';

import type { KubeApi } from '../kube/kube-api.ts';
import { trackConnections } from '../../track-connections.ts';
import { Annotation, MountPath, Port, trustRootsKey } from '../linkerd-names.ts';
import type { ContainerProcess, ReportProblem } from '../node/container-process.ts';
import type { MountedFiles } from '../node/mounted-files.ts';
import type { InjectedPod, InjectionContext } from './injection.ts';
import { injectedPod, injectionPatch, isInjectable } from './injection.ts';

/** For reviews that are under way when it ends. */
const closeGraceMs = 500;

export interface InjectorOptions {
  readonly api: KubeApi;
  readonly podIp: string;
  readonly files: MountedFiles;
  readonly reportProblem: ReportProblem;
}

const admissionReview = z.object({
  request: z.object({ uid: z.string(), namespace: z.string(), object: injectedPod }),
});
type AdmissionRequest = z.infer<typeof admissionReview>['request'];

const ownedObject = z.object({
  metadata: z.object({
    annotations: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).optional(),
  }),
});

/**
 * Starts one proxy-injector replica: a mutating webhook on 8443 that reads its mounted bundle anew for
 * each pod (linkerd2 `controller/proxy-injector/webhook.go`).
 *
 * @throws when its own certificate is missing or the port is taken.
 */
export async function startInjector(options: InjectorOptions): Promise<ContainerProcess> {
  const { files, podIp } = options;
  const server = createServer(
    {
      cert: files.read(`${MountPath.WebhookPair}/tls.crt`),
      key: files.read(`${MountPath.WebhookPair}/tls.key`),
    },
    (request, response) => {
      review(request, options).then(
        (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
        (error: unknown) => {
          options.reportProblem('An injection failed', error);
          response.writeHead(500).end(String(error));
        },
      );
    },
  );
  const cutConnections = trackConnections(server);
  // The API server may drop a connection at any time; it sees its own error.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Port.Injector, podIp, resolve);
  });
  return {
    ready: () => true,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Also those over which no request has come yet: Node would wait a minute for one.
      const cut = setTimeout(cutConnections, closeGraceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function review(incoming: IncomingMessage, options: InjectorOptions): Promise<string> {
  const chunks: Buffer[] = [];
  // A request stream without an encoding yields buffers.
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { request } = admissionReview.parse(JSON.parse(Buffer.concat(chunks).toString()));
  const context = await contextOf(request, options);
  const patch = isInjectable(request.object, context)
    ? {
        patchType: 'JSONPatch',
        patch: encode(JSON.stringify(injectionPatch(request.object, context))),
      }
    : {};
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true, ...patch },
  });
}

async function contextOf(
  { namespace, object }: AdmissionRequest,
  { api, files }: InjectorOptions,
): Promise<InjectionContext> {
  const trustRoots = files.read(`${MountPath.TrustRoots}/${trustRootsKey}`);
  if (trustRoots === undefined) throw new Error('the mounted bundle is missing');
  const { metadata } = ownedObject.parse(await api.get(`/api/v1/namespaces/${namespace}`));
  return {
    namespace,
    namespaceInject: metadata.annotations?.[Annotation.Inject],
    trustRoots,
    owner: await rootOwner(api, namespace, object),
  };
}

/** A ReplicaSet's pods are labelled with the Deployment above it. */
async function rootOwner(
  api: KubeApi,
  namespace: string,
  pod: InjectedPod,
): Promise<InjectionContext['owner']> {
  const [owner] = pod.metadata.ownerReferences ?? [];
  if (owner?.kind !== 'ReplicaSet') return owner;
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/${owner.name}`;
  const { metadata } = ownedObject.parse(await api.get(path));
  return metadata.ownerReferences?.[0] ?? owner;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
