import type { Kube, RawObject } from '../../mesh/kubernetes/kube.ts';

/** Deployments by name, each with the statuses that it shows one after the other. */
export class FakeDeployments {
  readonly markers: string[] = [];
  /** Names of the pods that have come up without a proxy. */
  readonly unmeshed: string[] = [];
  readonly #found: Readonly<Record<string, { spec?: object; statuses: object[] }>>;

  constructor(found: Readonly<Record<string, { spec?: object; statuses: object[] }>>) {
    this.#found = found;
  }

  get kube(): Kube {
    const kube: Pick<Kube, 'get' | 'patch' | 'list'> = {
      get: async ({ name }, schema) => {
        const deployment = this.#found[name];
        if (deployment === undefined) return undefined;
        const { statuses, spec } = deployment;
        const status = statuses.length > 1 ? statuses.shift() : statuses[0];
        const object: RawObject = {
          metadata: { generation: 1 },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: name } },
            template: {},
            ...spec,
          },
          status,
        };
        return schema.parse(object);
      },
      list: async (_type, schema) =>
        this.unmeshed.map((name) =>
          schema.parse({
            metadata: { namespace: 'shop', name, uid: name },
            spec: { containers: [{ name: 'app' }] },
            status: { phase: 'Running' },
          }),
        ),
      patch: async ({ name }, body) => {
        this.markers.push(
          `${name} ${JSON.stringify(body).match(/[\w-]+\/[\w-]+\.\d+/)?.[0] ?? ''}`,
        );
        return { metadata: { name } };
      },
    };
    // Sound: restarts read and patch workloads and list their pods, nothing else.
    return kube as Kube;
  }
}
