import type { Kube, RawObject } from '../../mesh/kubernetes/kube.ts';

interface FakeDeployment {
  readonly spec?: object;
  /** What it shows, one after the other; the last one stays. */
  readonly statuses: object[];
  /** Why the API server answers nothing. */
  readonly failsWith?: string;
}

/** Deployments by name. */
export class FakeDeployments {
  readonly markers: string[] = [];
  /** Names of the pods that have come up without a proxy. */
  readonly unmeshed: string[] = [];
  readonly #found: Readonly<Record<string, FakeDeployment>>;

  constructor(found: Readonly<Record<string, FakeDeployment>>) {
    this.#found = found;
  }

  /** How many of its statuses nobody has asked for yet, beside the one that stays. */
  statusesLeft(name: string): number {
    return (this.#found[name]?.statuses.length ?? 1) - 1;
  }

  get kube(): Kube {
    const kube: Pick<Kube, 'get' | 'patch' | 'list'> = {
      get: async ({ name }, schema) => {
        const deployment = this.#found[name];
        if (deployment === undefined) return undefined;
        const { statuses, spec, failsWith } = deployment;
        if (failsWith !== undefined) throw new Error(failsWith);
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
          `${name} ${JSON.stringify(body).match(/[\w-]+\/[\w-]+@[\w:.-]+/)?.[0] ?? ''}`,
        );
        return { metadata: { name } };
      },
    };
    // Sound: restarts read and patch workloads and list their pods, nothing else.
    return kube as Kube;
  }
}
