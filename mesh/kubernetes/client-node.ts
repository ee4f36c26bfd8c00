import { createRequire, registerHooks } from 'node:module';
import type * as ClientNode from '@kubernetes/client-node';

type Used = Pick<
  typeof ClientNode,
  'createConfiguration' | 'HttpMethod' | 'KubeConfig' | 'PortForward' | 'ServerConfiguration'
>;

const folder = '@kubernetes/client-node/dist';
const generatedPath = `/${folder}/gen/index.js`;
const instead = '?without-models';

/** What of `gen/index.js` we need, and `config.js` and `portforward.js` of client-node 2.0.1. */
const generatedSource = `
export { createConfiguration } from './configuration.js';
export { HttpMethod } from './http/http.js';
export { ServerConfiguration } from './servers.js';
// To find the pods of Services and Deployments, which nobody here forwards to.
export class AppsV1Api {}
export class CoreV1Api {}
`;

/**
 * What the product uses of client-node: configuration and credentials, HTTP and port-forwards, but not
 * the models and APIs, which drop every field that they do not know. The library's index evaluates all
 * of them, some 750 modules: 40 MiB in every process, and half a second of every command (ADR 0008).
 * @throws Error of Node's loader when another release of client-node is made of other files
 */
function load(): Used {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const isGenerated = resolved.url.endsWith(generatedPath);
      return isGenerated ? { ...resolved, url: `${resolved.url}${instead}` } : resolved;
    },
    load: (url, context, next) =>
      url.endsWith(`${generatedPath}${instead}`)
        ? { format: 'module', source: generatedSource, shortCircuit: true }
        : next(url, context),
  });
  try {
    const require = createRequire(import.meta.url);
    const files = ['config.js', 'gen/index.js', 'portforward.js'];
    // Sound: the files that the library's index takes these names from.
    return Object.assign(
      {},
      ...files.map((file) => require(`${folder}/${file}`) as object),
    ) as Used;
  } finally {
    hooks.deregister();
  }
}

const clientNode = load();

export const { createConfiguration, HttpMethod, PortForward, ServerConfiguration } = clientNode;
export const KubeConfig = clientNode.KubeConfig;
export type KubeConfig = ClientNode.KubeConfig;
