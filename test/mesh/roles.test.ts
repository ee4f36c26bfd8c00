import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import type { AccessRight } from '../../mesh/kubernetes/kube.ts';
import { rightsOf } from '../../mesh/rights.ts';
import type { RbacManifest, RoleSubject } from '../../mesh/roles.ts';
import { rolesFor } from '../../mesh/roles.ts';
import { rbacOf, userOf } from '../support/rbac.ts';

const subject: RoleSubject = { kind: 'ServiceAccount', namespace: 'tools', name: 'rotation' };
const table = rightsOf(documentedObjects, { reachProxiesBy: 'port-forward' });

describe('the roles of the rotation', () => {
  it('are a role and its binding for the cluster and for each namespace', () => {
    const rights: AccessRight[] = [
      { verb: 'list', group: '', resource: 'pods' },
      { verb: 'get', group: '', resource: 'secrets', namespace: 'shop', name: 'a' },
    ];
    const api = 'rbac.authorization.k8s.io';
    const apiVersion = `${api}/v1`;

    assert.deepEqual(rolesFor(rights, subject), [
      {
        apiVersion,
        kind: 'ClusterRole',
        metadata: { name: 'rotation' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
      },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'rotation' },
        roleRef: { apiGroup: api, kind: 'ClusterRole', name: 'rotation' },
        subjects: [subject],
      },
      {
        apiVersion,
        kind: 'Role',
        metadata: { name: 'rotation', namespace: 'shop' },
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get'] }],
      },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { name: 'rotation', namespace: 'shop' },
        roleRef: { apiGroup: api, kind: 'Role', name: 'rotation' },
        subjects: [subject],
      },
    ]);
  });

  it('put verbs, names and kinds together where that grants nothing more', () => {
    const secret = { group: '', resource: 'secrets' };
    const certificate = { group: 'cert-manager.io', resource: 'certificates', name: 'a' };
    const rights: AccessRight[] = [
      { ...secret, verb: 'patch', name: 'b' },
      { ...secret, verb: 'get', name: 'b' },
      { ...secret, verb: 'get', name: 'a' },
      { ...secret, verb: 'create' },
      { ...secret, verb: 'get', name: 'c' },
      { ...certificate, verb: 'update', subresource: 'status' },
      { group: 'apps', resource: 'deployments', verb: 'get' },
      { group: 'apps', resource: 'daemonsets', verb: 'get' },
    ];

    assert.deepEqual(rulesOf(rolesFor(rights, subject)), [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['b'], verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'c'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      {
        apiGroups: ['cert-manager.io'],
        resources: ['certificates/status'],
        resourceNames: ['a'],
        verbs: ['update'],
      },
      { apiGroups: ['apps'], resources: ['daemonsets', 'deployments'], verbs: ['get'] },
    ]);
  });

  it('grant exactly the rights of the table: without one of them, it alone is refused', () => {
    for (const removed of table) {
      const allows = rbacOf(rolesFor(without(removed), subject));
      const refused = table.filter((right) => !allows(requestFor(right)));
      assert.deepEqual(refused, [removed]);
    }
  });

  it('never name what a new object will be called, nor list what they cannot name', () => {
    const rules = rulesOf(rolesFor(table, subject));

    assert.ok(
      rules.every(({ verbs, resourceNames }) => !verbs.includes('create') || !resourceNames),
    );
    const listed = rules.filter(({ verbs }) => verbs.includes('list'));
    assert.ok(!listed.some(({ resources }) => resources.includes('secrets')));
    const configMaps = listed.filter(({ resources }) => resources.includes('configmaps'));
    assert.deepEqual(
      configMaps.map(({ resourceNames }) => resourceNames),
      [[documentedObjects.bundle]],
    );
  });

  it('grant nothing to anybody else, and nothing of a namespace elsewhere', () => {
    const allows = rbacOf(rolesFor(table, subject));
    const inNamespace = table.filter(({ namespace }) => namespace !== undefined);

    assert.ok(!table.some((right) => allows({ ...requestFor(right), user: 'somebody' })));
    assert.ok(!inNamespace.some((right) => allows({ ...requestFor(right), namespace: 'shop' })));
  });
});

function without(removed: AccessRight): readonly AccessRight[] {
  return table.filter((right) => right !== removed);
}

function rulesOf(manifests: readonly RbacManifest[]) {
  return manifests.flatMap((manifest) => ('rules' in manifest ? manifest.rules : []));
}

function requestFor({ subresource = '', namespace = '', name = '', ...right }: AccessRight) {
  const { verb, group, resource } = right;
  return { user: userOf(subject), verb, group, resource, subresource, namespace, name };
}
