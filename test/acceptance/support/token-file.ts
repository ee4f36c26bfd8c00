import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { RoleSubject } from '../../../mesh/roles.ts';
import { ensureObject } from '../../../simulator/mesh/kube/apply-object.ts';
import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { connectKubeApi } from '../../../simulator/mesh/kube/kube-api.ts';

/** Much sooner than a kubelet, so that every scenario sees it. */
const renewEveryMs = 20_000;
/** From when it has a successor: requests that began with it are answered by then. */
const goodWithSuccessorMs = 10_000;
/** The shortest that an API server grants. */
const lifetimeSeconds = 600;

const bound = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });
const tokenRequest = z.object({ status: z.object({ token: z.string() }) });

export interface TokenFile {
  stop(): Promise<void>;
}

interface Place {
  readonly api: KubeApi;
  readonly account: RoleSubject;
  readonly path: string;
}

/**
 * Keeps a token of a ServiceAccount in a file, as a kubelet does for a container, and replaces it again
 * and again. Each is bound to a Secret of its own, which goes soon after: who still uses that token is
 * refused as with one that has expired. The account is created unless there is one.
 * @param kubeConfigYaml of an administrator
 */
export async function keepTokenFile(
  kubeConfigYaml: string,
  account: RoleSubject,
  path: string,
): Promise<TokenFile> {
  const api = await connectKubeApi(kubeConfigYaml);
  const { name, namespace } = account;
  await ensureObject(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await ensureObject(api, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  });
  const place = { api, account, path };
  const first = await writeToken(place);
  const end = new AbortController();
  const renewing = keepRenewing(place, first, end.signal);
  return {
    stop: async () => {
      end.abort();
      await renewing;
      await api.close();
      await rm(path, { force: true });
    },
  };
}

async function keepRenewing(place: Place, first: string, signal: AbortSignal): Promise<void> {
  const { api } = place;
  for (let current = first; ;) {
    await delay(renewEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // While the API server is away the token that there is holds, and the next attempt comes.
    const next = await writeToken(place).catch(() => undefined);
    if (next === undefined) continue;
    await delay(goodWithSuccessorMs, undefined, { signal }).catch(() => undefined);
    await api.delete(current, {}).catch(() => undefined);
    current = next;
  }
}

/** @returns the path of the Secret that the token ends with */
async function writeToken({ api, account, path }: Place): Promise<string> {
  const { namespace, name } = account;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const { metadata: secret } = bound.parse(
    await api.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { generateName: `${name}-token-` },
    }),
  );
  const answer = await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: lifetimeSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: secret.name, uid: secret.uid },
    },
  });
  // At once: nobody may read half a token.
  await writeFile(`${path}.new`, tokenRequest.parse(answer).status.token, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return `${secrets}/${secret.name}`;
}
