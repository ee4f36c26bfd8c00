import assert from 'node:assert/strict';
import { z } from 'zod';
import { emptyStatus } from '../../../domain/resource/resource-status.ts';
import { timingsAboveZero } from '../../../domain/rotation-request.ts';
import { statusOfRotation } from '../../../domain/resource/rotation-status.ts';
import { statusAtRest } from '../../../domain/resource/rest-status.ts';
import { withTrigger } from '../../../domain/resource/trigger-decision.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { rotationSpec } from '../../../mesh/resource/rotation-resource.ts';
import { ago, anchors, gateReport } from '../../client/fixtures.ts';
import { readCrd } from '../../support/rotation-crd.ts';
import { around, sightWith } from '../../support/rotation-sight.ts';
import { survey } from '../../support/survey-builder.ts';

interface Schema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    'x-kubernetes-validations': z.array(z.object({ rule: z.string() })).optional(),
    properties: z.record(z.string(), schema).optional(),
    items: schema.optional(),
  }),
);

const crd = z.object({
  spec: z.object({
    group: z.string(),
    scope: z.string(),
    names: z.object({ kind: z.string(), plural: z.string(), shortNames: z.array(z.string()) }),
    versions: z.tuple([
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: schema }),
        additionalPrinterColumns: z.array(
          z.object({ name: z.string(), type: z.string(), jsonPath: z.string() }),
        ),
      }),
    ]),
  }),
});

/** Paths of the fields of a value that the schema does not know: the API server would drop them. */
function unknownFields(value: unknown, known: Schema | undefined, path = ''): readonly string[] {
  if (known === undefined) return [path];
  if (Array.isArray(value)) {
    return value.flatMap((item) => unknownFields(item, known.items, `${path}[]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    unknownFields(inner, known.properties?.[name], `${path}.${name}`),
  );
}

function fieldsOf(known: Schema, path = ''): readonly (readonly [string, Schema])[] {
  const inner = Object.entries(known.properties ?? {}).flatMap(([name, field]) =>
    fieldsOf(field, `${path}.${name}`),
  );
  const items = known.items === undefined ? [] : fieldsOf(known.items, `${path}[]`);
  return [[path, known], ...inner, ...items];
}

/** An object with every default of the schema, as the API server puts them in. */
function defaulted(known: Schema): Record<string, unknown> {
  const fields = Object.entries(known.properties ?? {}).flatMap(([name, field]) => {
    if (field.default === undefined) return [];
    return [[name, field.type === 'object' ? defaulted(field) : field.default] as const];
  });
  return Object.fromEntries(fields);
}

describe('the CustomResourceDefinition', () => {
  let spec: z.infer<typeof crd>['spec'];
  let root: Schema;

  before(async () => {
    ({ spec } = crd.parse(await readCrd()));
    root = spec.versions[0].schema.openAPIV3Schema;
  });

  function part(name: 'spec' | 'status'): Schema {
    const found = root.properties?.[name];
    assert.ok(found !== undefined);
    return found;
  }

  it('is the kind that the product works with', () => {
    const { group, version, plural, kind } = resources.trustAnchorRotations;
    assert.equal(spec.group, group);
    assert.equal(spec.versions[0].name, version);
    assert.deepEqual(spec.names, { ...spec.names, kind, plural, shortNames: ['tar'] });
    assert.equal(spec.scope, 'Cluster');
    assert.deepEqual(
      spec.versions[0].additionalPrinterColumns.map(({ name }) => name),
      ['Phase', 'Progress', 'Anchor expiry', 'Age'],
    );
  });

  // The API server prints a date as the time since then, and `<invalid>` where it lies ahead.
  it('shows only moments of the past as a date', () => {
    assert.deepEqual(
      spec.versions[0].additionalPrinterColumns
        .filter(({ type }) => type === 'date')
        .map(({ jsonPath }) => jsonPath),
      ['.metadata.creationTimestamp'],
    );
  });

  it('describes every field', () => {
    // Of metadata the API server takes no description.
    const silent = fieldsOf(root).filter(
      ([path, { description = '' }]) => path !== '.metadata' && !description.endsWith('.'),
    );
    assert.deepEqual(
      silent.map(([path]) => path),
      [],
    );
  });

  it('refuses the same timings of zero as the code', () => {
    const fields = Object.entries(part('spec').properties?.['timings']?.properties ?? {});
    const refused = fields.filter(([, { 'x-kubernetes-validations': rules = [] }]) =>
      rules.some(({ rule }) => rule.includes("duration(self) >= duration('1ms')")),
    );
    assert.deepEqual(
      refused.map(([name]) => `${name}Ms`).toSorted(),
      [...timingsAboveZero].toSorted(),
    );
  });

  it('has the defaults that stand in the code', () => {
    assert.deepEqual(rotationSpec.parse(defaulted(part('spec'))), rotationSpec.parse({}));
  });

  it('has a field for everything that a status says', () => {
    const waiting = { for: 'x', since: ago(1), approval: 'switch-issuer', laggards: [] } as const;
    const running = statusOfRotation(
      emptyStatus,
      sightWith({ gate: gateReport(3, 9), waiting, condition: 'blocked' }),
      { ...around, webUi: 'http://ui' },
    );
    const ended = statusOfRotation(
      { ...running, observedGeneration: 1 },
      sightWith(
        { condition: 'held', reason: 'x' },
        { request: { ...sightWith().request, trigger: 'x' } },
      ),
      around,
    );
    const rest = statusAtRest(
      ended,
      { kind: 'seen', anchors, objects: survey().objects, at: ago(0) },
      around,
    );
    const at = ago(0);
    const record = { value: 'x', at, outcome: 'Refused', replaces: 'aa', message: 'x' } as const;
    const triggered = { ...rest, triggers: withTrigger([], record) };
    const runway = {
      ...{ kind: 'short', outcome: 'reported', daysLeft: 3, startBy: at, message: 'x' },
      ...{ nextStep: 'x', anchor: 'aa', at },
    };
    const checked = { ...rest, runway };
    for (const status of [running, ended, rest, triggered, checked]) {
      assert.deepEqual(unknownFields(status, part('status')), []);
    }
    // The check itself finds what is unknown.
    assert.deepEqual(unknownFields({ laggards: [{ when: 1 }] }, part('status')), [
      '.laggards[].when',
    ]);
  });
});
