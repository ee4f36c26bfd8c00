import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { KubernetesError } from '../../../mesh/kubernetes/errors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { protobufMediaType } from '../../../mesh/kubernetes/protobuf/decode.ts';
import { messages } from '../../../mesh/kubernetes/protobuf/messages.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { podObject } from '../../../mesh/observation/pod-object.ts';
import type { ApiFake } from '../../fakes/api-fake.ts';
import { startApiFake } from '../../fakes/api-fake.ts';
import { patienceMs } from '../../support/patience.ts';

/** The same two pods, one Terminating and one new, as a Kubernetes 1.36 API server gives them. */
const recorded = new URL('pod-list/', import.meta.url);
const asProtobuf = { 'content-type': protobufMediaType };

describe('lists of pods as protobuf', () => {
  let fake: ApiFake;
  let kube: Kube;

  beforeEach(async () => {
    fake = await startApiFake();
    kube = await connectCluster({
      kubeConfigYaml: fake.kubeConfigYaml,
      requestTimeoutMs: patienceMs,
    });
  });

  afterEach(async () => {
    await kube.close();
    await fake.stop();
  });

  it('say what their JSON says, in every field of a pod that is read', async () => {
    const { items } = listed.parse(
      JSON.parse(await readFile(new URL('pods.json', recorded), 'utf8')),
    );
    const bytes = await readFile(new URL('pods.pb', recorded));
    fake.script(() => ({ status: 200, body: bytes, headers: asProtobuf }));

    const pods = await kube.list(resources.pods, podObject, { compact: true });

    assert.deepEqual(plain(pods), plain(items));
    // A field that neither pod has would be compared with nothing. Init containers are containers.
    const present = plainPaths(items);
    const absent = [...pathsOf(podObject)]
      .map((path) => path.replace('initContainer', 'container'))
      .filter((path) => !present.has(path));
    assert.deepEqual(absent, []);
  });

  it('are asked for where they are enough, and JSON is taken from a server that has nothing else', async () => {
    const pods = await readFile(new URL('pods.json', recorded), 'utf8');
    fake.script(() => ({ status: 200, body: pods }));

    const names = (await kube.list(resources.pods, podObject, { compact: true })).map(
      ({ metadata }) => metadata.name,
    );
    await kube.list(resources.pods, z.unknown());

    assert.equal(names.length, 2);
    assert.deepEqual(
      fake.requests.map(({ headers }) => headers['accept']),
      [`${protobufMediaType}, application/json`, 'application/json'],
    );
  });

  it('may be empty', async () => {
    fake.script(() => ({ status: 200, body: enveloped('PodList', {}), headers: asProtobuf }));

    assert.deepEqual(await kube.list(resources.pods, podObject, { compact: true }), []);
  });

  it('may have conditions of other controllers that say little, and times that are not set', async () => {
    const neg = 'cloud.google.com/load-balancer-neg-ready';
    const item = {
      metadata: { name: 'web', namespace: 'shop', uid: 'u', creationTimestamp: {} },
      spec: {},
      status: { conditions: [{ type: neg, status: '', reason: 'LoadBalancerNegNotReady' }] },
    };
    const json = { ...item, metadata: { ...item.metadata, creationTimestamp: undefined } };
    const list = { items: [item] };
    const replies = [
      { status: 200, body: enveloped('PodList', list), headers: asProtobuf },
      { status: 200, body: { items: [json] } },
    ];
    fake.script(() => replies.shift() ?? { status: 500, body: '' });

    const [pod] = await kube.list(resources.pods, podObject, { compact: true });
    const [same] = await kube.list(resources.pods, podObject, { compact: true });

    assert.deepEqual(pod?.status.conditions?.[0]?.type, neg);
    assert.deepEqual(plain(pod), plain(same));
  });

  it('are refused with the reason that the server gives in the same form', async () => {
    fake.script(() => ({
      status: 403,
      body: enveloped('Status', { reason: 'Forbidden', message: 'no pods for you' }),
      headers: asProtobuf,
    }));

    await assert.rejects(kube.list(resources.pods, podObject, { compact: true }), (error) => {
      assert.ok(error instanceof KubernetesError);
      assert.match(error.message, /answered 403 \(Forbidden: no pods for you\)/);
      return true;
    });
  });

  for (const [what, body] of [
    ['the envelope is missing', Buffer.from('{}')],
    ['a kind is not known', enveloped('Sandwich', {})],
    ['it breaks off', enveloped('PodList', { items: [{}] }).subarray(0, -1)],
  ] as const) {
    it(`are no answer when ${what}`, async () => {
      fake.script(() => ({ status: 200, body, headers: asProtobuf }));

      await assert.rejects(kube.list(resources.pods, podObject, { compact: true }), {
        kind: 'UnexpectedObject',
      });
    });
  }
});

const listed = z.object({ items: z.array(podObject) });

function enveloped(kind: string, object: Record<string, unknown>): Buffer {
  const raw = Buffer.from(kind === 'Sandwich' ? [] : encode(kind, object));
  return Buffer.concat([Buffer.from('k8s\0'), encode('Unknown', { typeMeta: { kind }, raw })]);
}

function encode(kind: string, object: Record<string, unknown>): Uint8Array {
  const type = messages.lookupType(kind);
  return type.encode(type.fromObject(object)).finish();
}

/** Without keys that have no value. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Every field that a schema names, as `a.b.c`; what is in a list counts as in its place. */
function* pathsOf(schema: z.ZodType, at = ''): Generator<string> {
  const { def } = schema as z.ZodType & { def: SchemaDefinition };
  const inner = def.innerType ?? def.element;
  if (inner !== undefined) yield* pathsOf(inner, at);
  for (const [name, field] of Object.entries(def.shape ?? {})) {
    yield `${at}.${name}`;
    yield* pathsOf(field, `${at}.${name}`);
  }
}

interface SchemaDefinition {
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

function plainPaths(value: unknown, at = '', found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) plainPaths(one, at, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      found.add(`${at}.${name}`);
      plainPaths(field, `${at}.${name}`, found);
    }
  }
  return found;
}
