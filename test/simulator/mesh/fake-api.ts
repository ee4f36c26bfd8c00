import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';

/** One call that a `KubeApi` was used for. */
export interface ApiCall {
  readonly path: string;
  readonly body: unknown;
}

/** Answers whatever concerns one object as the test says; a list or a watch is an error. */
export function fakeApi(
  answer: (call: ApiCall) => unknown,
): KubeApi & { readonly calls: ApiCall[] } {
  const calls: ApiCall[] = [];
  const respond = async (path: string, body?: unknown): Promise<unknown> => {
    calls.push({ path, body });
    return Promise.resolve(answer({ path, body }));
  };
  const unused = (): never => {
    throw new Error('not expected in this test');
  };
  return {
    calls,
    get: respond,
    create: respond,
    mergePatch: respond,
    strategicPatch: respond,
    delete: async (path, body) => {
      await respond(path, body);
    },
    list: unused,
    watch: unused,
    close: () => Promise.resolve(),
  };
}
