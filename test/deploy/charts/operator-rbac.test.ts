import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { rbacTemplate, rbacTemplatePath } from '../../../deploy/generate/rbac-template.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import { goInstallTimeoutMs, orPending } from '../../support/go-tool.ts';
import { granted, sentences } from './support/granted.ts';
import type { Helm } from '../../support/helm.ts';
import { installHelm } from '../../support/helm.ts';
import { otherObjects } from './support/operator-values.ts';

const root = path.join(import.meta.dirname, '../../..');
const chart = 'trust-rotation-operator';

describe("the operator chart's roles", () => {
  it('are what the table of rights says: "npm run generate" writes them again', async () => {
    assert.equal(await readFile(path.join(root, rbacTemplatePath), 'utf8'), rbacTemplate());
  });

  it('have a value for each name in them, by default the documented one', async () => {
    const text = await readFile(path.join(root, `deploy/charts/${chart}/values.yaml`), 'utf8');
    const { objects } = z.object({ objects: z.record(z.string(), z.string()) }).parse(parse(text));
    const names = [...rbacTemplate().matchAll(/\.Values\.objects\.(\w+)/g)];
    const used = names.map(([, key = '']) => key);
    assert.deepEqual(Object.keys(objects).toSorted(), [...new Set(used)].toSorted());
    const documented = Object.entries(documentedObjects).filter(([key]) => key in objects);
    assert.deepEqual(objects, Object.fromEntries(documented));
  });

  describe('as Helm renders them', function () {
    this.timeout(goInstallTimeoutMs);
    let helm: Helm;

    before(async function () {
      helm = await orPending(this, installHelm);
    });

    const release = { chart, namespace: 'linkerd-trust' } as const;
    const account = { namespace: 'linkerd-trust', name: 'trust-rotation-operator' };

    it('grant the rights of the table and no others', async () => {
      assert.deepEqual(
        granted(await helm.template(release), account),
        sentences(rightsOf(documentedObjects, { isOperator: true })),
      );
    });

    it('grant nothing on the resource where nobody reconciles it', async () => {
      const values = { operator: { enabled: false } };
      assert.deepEqual(
        granted(await helm.template({ ...release, values }), account),
        sentences(rightsOf(documentedObjects)),
      );
    });

    it('follow the names of an installation, and how proxies are reached', async () => {
      const values = { objects: otherObjects, reachProxiesBy: 'port-forward' };
      const rendered = await helm.template({ ...release, name: 'blue', values });
      const objects = { ...documentedObjects, ...otherObjects };
      assert.deepEqual(
        granted(rendered, { ...account, name: 'blue-trust-rotation-operator' }),
        sentences(rightsOf(objects, { reachProxiesBy: 'port-forward', isOperator: true })),
      );
      const names = rendered.map(({ kind, metadata }) =>
        [kind, metadata.namespace, metadata.name].join(' '),
      );
      assert.deepEqual(names, [...new Set(names)], 'two objects of one name');
    });

    it('end at the one ConfigMap where rotations write the bundle', async () => {
      const values = { bundle: { ownership: 'Direct' } };
      const objects = { ...documentedObjects, bundleOwnership: 'direct' } as const;
      assert.deepEqual(
        granted(await helm.template({ ...release, values }), account),
        sentences(rightsOf(objects, { isOperator: true })),
      );
    });

    it('take over what owners hand in where the values say so', async () => {
      const values = { rbac: { imports: true } };
      const sources = { anchor: 'imported', bridge: 'imported' } as const;
      assert.deepEqual(
        granted(await helm.template({ ...release, values }), account),
        sentences(rightsOf(documentedObjects, { isOperator: true, sources })),
      );
    });

    it('end where a right is missing', async () => {
      const rendered = await helm.template(release);
      const fewer = rendered.filter(({ metadata }) => metadata.namespace !== 'kube-node-lease');
      const wanted = sentences(rightsOf(documentedObjects, { isOperator: true }));
      assert.notDeepEqual(granted(fewer, account), wanted);
    });
  });
});
