import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { KubeConfig } from './client-node.ts';

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

const providerName = 'token-file';
const provider = z.object({
  name: z.literal(providerName),
  config: z.object({ path: z.string() }),
});
const userWithFile = z.object({ name: z.string(), user: z.object({ tokenFile: z.string() }) });

/** Reads at each request: a kubelet replaces the token of a ServiceAccount before it expires. */
export const tokenFiles: Authenticator = {
  isAuthProvider: ({ authProvider }) => provider.safeParse(authProvider).success,
  applyAuthentication: async ({ authProvider }, options: RequestOptions) => {
    const { path } = provider.parse(authProvider).config;
    // A file that was made by hand ends with a line break, which no header may hold.
    const token = (await readFile(path, 'utf8')).trim();
    if (token === '') throw new Error(`the token file ${path} is empty`);
    options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` });
  },
};

/** @param config one that `tokenFiles` was added to */
export function useTokenFile(config: KubeConfig, user: string, path: string): void {
  config.users = config.users.map((one) => {
    if (one.name !== user) return one;
    const { token: _instead, ...rest } = one;
    return { ...rest, authProvider: { name: providerName, config: { path } } };
  });
}

/**
 * `tokenFile` of a kubeconfig's users, which counts before `token`. client-node 2.0.1 does not know it,
 * and would send their requests as nobody's.
 * @param folder where paths that are not absolute begin
 */
export function useTokenFiles(config: KubeConfig, yaml: string, folder: string): void {
  const { users } = z.object({ users: z.array(z.unknown()).nullish() }).parse(parseYaml(yaml));
  for (const entry of users ?? []) {
    const { success, data } = userWithFile.safeParse(entry);
    if (success) useTokenFile(config, data.name, resolve(folder, data.user.tokenFile));
  }
}
