import assert from 'node:assert/strict';
import { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node';
import { JSON_PATCH, MERGE, STRATEGIC, make, refusal, startFixture } from './cluster-fixture.ts';
import type { ClusterFixture } from './cluster-fixture.ts';
import { CERTIFICATES, CONFIG_MAPS } from '../../../simulator/cluster/resources.ts';

const namespace = 'default';
const ISSUER = { group: 'cert-manager.io', version: 'v1', plural: 'certificates', namespace };

function configMap(name: string, data: Record<string, string> = {}): V1ConfigMap {
  return make(V1ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

describe('the simulated Kubernetes API: objects', () => {
  let fixture: ClusterFixture;

  before(async () => {
    fixture = await startFixture({ certManager: { paused: true } });
  });
  after(() => fixture.stop());

  it('creates an object with UID, revision, creation time and managed fields', async () => {
    const created = await fixture.core.createNamespacedConfigMap({
      namespace,
      body: configMap('fresh', { key: 'value' }),
      fieldManager: 'tester',
    });

    assert.match(created.metadata?.uid ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(Number(created.metadata?.resourceVersion) > 0);
    assert.ok(created.metadata?.creationTimestamp instanceof Date);
    const [entry] = created.metadata.managedFields ?? [];
    assert.equal(entry?.manager, 'tester');
    assert.equal(entry.operation, 'Update');
    assert.deepEqual(entry.fieldsV1, { 'f:data': { 'f:key': {} } });
  });

  it('answers AlreadyExists for a second creation and NotFound for a missing object or namespace', async () => {
    await fixture.core.createNamespacedConfigMap({ namespace, body: configMap('twice') });

    await assert.rejects(
      fixture.core.createNamespacedConfigMap({ namespace, body: configMap('twice') }),
      refusal(409, 'AlreadyExists'),
    );
    await assert.rejects(
      fixture.core.readNamespacedConfigMap({ namespace, name: 'nowhere' }),
      refusal(404, 'NotFound'),
    );
    await assert.rejects(
      fixture.core.createNamespacedConfigMap({ namespace: 'nowhere', body: configMap('a') }),
      refusal(404, 'NotFound'),
    );
  });

  it('answers a Status 404 for a path that is not served', async () => {
    const { status, body } = await fixture.request('/apis/example.org/v1/things');

    assert.equal(status, 404);
    assert.match(body, /"kind":"Status"/);
  });

  it('completes generateName', async () => {
    const body = make(V1ConfigMap, { metadata: { generateName: 'probe-' } });
    const created = await fixture.core.createNamespacedConfigMap({ namespace, body });

    assert.match(created.metadata?.name ?? '', /^probe-[a-z0-9]{5}$/);
  });

  it('stores nothing on a dry run', async () => {
    const body = configMap('dry');
    const created = await fixture.core.createNamespacedConfigMap({
      namespace,
      body,
      dryRun: 'All',
    });

    assert.ok(created.metadata?.uid);
    assert.equal(fixture.cluster.store.get(CONFIG_MAPS, { namespace, name: 'dry' }), undefined);
  });

  it('refuses an update with an old resourceVersion', async () => {
    const first = await fixture.core.createNamespacedConfigMap({
      namespace,
      body: configMap('lock'),
    });
    const changed = make(V1ConfigMap, { metadata: first.metadata, data: { a: '1' } });
    await fixture.core.replaceNamespacedConfigMap({ namespace, name: 'lock', body: changed });

    const late = fixture.core.replaceNamespacedConfigMap({
      namespace,
      name: 'lock',
      body: changed,
    });

    await assert.rejects(late, refusal(409, 'Conflict'));
  });

  it('does not count a write that changes nothing', async () => {
    const first = await fixture.core.createNamespacedConfigMap({
      namespace,
      body: configMap('same', { a: '1' }),
    });
    const body = { data: { a: '1' } };
    const second = await fixture.core.patchNamespacedConfigMap(
      { namespace, name: 'same', body },
      MERGE,
    );

    assert.equal(second.metadata?.resourceVersion, first.metadata?.resourceVersion);
  });

  it('applies JSON patches, with a failing test refused as Invalid', async () => {
    await fixture.core.createNamespacedConfigMap({
      namespace,
      body: configMap('json', { a: '1' }),
    });
    const patch = (body: object[]) =>
      fixture.core.patchNamespacedConfigMap({ namespace, name: 'json', body }, JSON_PATCH);

    const patched = await patch([
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
      { op: 'add', path: '/metadata/annotations', value: { 'x.io/y': 'z' } },
      { op: 'copy', from: '/data/a', path: '/data/b' },
      { op: 'remove', path: '/metadata/annotations/x.io~1y' },
    ]);

    assert.deepEqual(patched.data, { a: '2', b: '2' });
    assert.deepEqual(patched.metadata?.annotations, {});
    await assert.rejects(
      patch([{ op: 'test', path: '/data/a', value: '1' }]),
      refusal(422, 'Invalid'),
    );
  });

  it('merges containers and env by name in a strategic merge patch, which custom resources refuse', async () => {
    const containers = [
      { name: 'app', image: 'app', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'side' },
    ];
    await fixture.core.createNamespacedPod({
      namespace,
      body: make(V1Pod, { metadata: { name: 'merge' }, spec: { containers } }),
    });
    const body = { spec: { containers: [{ name: 'app', env: [{ name: 'B', value: '2' }] }] } };
    const patched = await fixture.core.patchNamespacedPod(
      { namespace, name: 'merge', body },
      STRATEGIC,
    );

    assert.deepEqual(
      patched.spec?.containers.map(({ name }) => name),
      ['app', 'side'],
    );
    assert.deepEqual(
      patched.spec.containers[0]?.env?.map(({ name }) => name),
      ['A', 'B'],
    );
    await fixture.custom.createNamespacedCustomObject({
      ...ISSUER,
      body: { metadata: { name: 'strategic' }, spec: {} },
    });
    await assert.rejects(
      fixture.custom.patchNamespacedCustomObject(
        { ...ISSUER, name: 'strategic', body: {} },
        STRATEGIC,
      ),
      refusal(415, 'UnsupportedMediaType'),
    );
  });

  it('keeps status apart from the rest and bumps generation for the spec only', async () => {
    const body = {
      metadata: { name: 'parts' },
      spec: { secretName: 'a' },
      status: { revision: 7 },
    };
    await fixture.custom.createNamespacedCustomObject({ ...ISSUER, body });
    const read = () => {
      const certificate = fixture.cluster.store.get(CERTIFICATES, { namespace, name: 'parts' });
      assert.ok(certificate);
      return {
        generation: certificate.metadata.generation,
        status: certificate.status,
        spec: certificate.spec,
      };
    };
    assert.deepEqual(read(), { generation: 1, status: undefined, spec: { secretName: 'a' } });

    const both = { spec: { secretName: 'b' }, status: { revision: 1 } };
    await fixture.custom.patchNamespacedCustomObject(
      { ...ISSUER, name: 'parts', body: both },
      MERGE,
    );
    assert.deepEqual(read(), { generation: 2, status: undefined, spec: { secretName: 'b' } });

    const swapped = { spec: { secretName: 'c' }, status: { revision: 1 } };
    await fixture.custom.patchNamespacedCustomObjectStatus(
      { ...ISSUER, name: 'parts', body: swapped },
      MERGE,
    );
    assert.deepEqual(read(), { generation: 2, status: { revision: 1 }, spec: { secretName: 'b' } });
  });

  it('refuses to change the type of a Secret or to take away a key its type needs', async () => {
    const data = { 'tls.crt': 'YQ==', 'tls.key': '' };
    const body = make(V1Secret, { metadata: { name: 'pair' }, type: 'kubernetes.io/tls', data });
    await fixture.core.createNamespacedSecret({ namespace, body });
    const patch = (change: object) =>
      fixture.core.patchNamespacedSecret({ namespace, name: 'pair', body: change }, MERGE);

    await assert.rejects(patch({ type: 'Opaque' }), refusal(422, 'Invalid'));
    await assert.rejects(patch({ data: { 'tls.key': null } }), refusal(422, 'Invalid'));
    const patched = await patch({ stringData: { extra: 'text' } });
    assert.equal(patched.data?.['extra'], Buffer.from('text').toString('base64'));
  });

  it('serves the resource of a CustomResourceDefinition once it exists', async () => {
    const definition = {
      metadata: { name: 'trustanchorrotations.trust.linkerd.io' },
      spec: {
        group: 'trust.linkerd.io',
        scope: 'Cluster',
        names: { plural: 'trustanchorrotations', kind: 'TrustAnchorRotation' },
        versions: [{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } }],
      },
    };
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    assert.equal((await fixture.request(path, { method: 'POST', body: definition })).status, 201);

    const resource = {
      group: 'trust.linkerd.io',
      version: 'v1alpha1',
      plural: 'trustanchorrotations',
    };
    const body = { metadata: { name: 'cluster' }, spec: { suspend: true } };
    await fixture.custom.createClusterCustomObject({ ...resource, body });
    const status = { status: { phase: 'Preflight' } };
    const patched: unknown = await fixture.custom.patchClusterCustomObjectStatus(
      { ...resource, name: 'cluster', body: status },
      MERGE,
    );

    assert.partialDeepStrictEqual(patched, { spec: { suspend: true }, ...status });
  });
});
