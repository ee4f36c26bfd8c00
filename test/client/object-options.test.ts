import assert from 'node:assert/strict';
import { Command } from 'commander';
import { addObjectOptions, objectsOf } from '../../client/object-options.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { documentedObjects } from '../../domain/objects.ts';

/** What trust-manager fixes itself. */
const fixed = ['bundleTargetLabel'];
/** Asked for as -L on every command. */
const elsewhere = ['linkerdNamespace'];

function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

describe('the options for names of objects', () => {
  const keys = Object.keys(documentedObjects).filter((key) => !fixed.includes(key));

  function parse(args: readonly string[], base?: MeshObjects): MeshObjects {
    const command = addObjectOptions(new Command()).option(
      '--linkerd-namespace <name>',
      '',
      documentedObjects.linkerdNamespace,
    );
    return objectsOf(command.parse(args, { from: 'user' }), base);
  }

  it('are those of the guide when none is given', () => {
    assert.deepEqual(parse([]), documentedObjects);
  });

  it('leave what the owner of the mesh has said as it is, but for what a flag says', () => {
    const owners = {
      ...documentedObjects,
      lease: 'l',
      bridge: 'b',
      bundleOwnership: 'direct',
    } as const;

    assert.deepEqual(parse([], owners), owners);
    assert.deepEqual(parse(['--lease', 'another'], owners), { ...owners, lease: 'another' });
    assert.deepEqual(parse(['--bundle-ownership', 'trust-manager'], owners), {
      ...documentedObjects,
      lease: 'l',
      bridge: 'b',
    });
  });

  it('win even with the name that is the default', () => {
    const { lease } = documentedObjects;

    assert.equal(parse(['--lease', lease], { ...documentedObjects, lease: 'l' }).lease, lease);
  });

  for (const key of keys.filter((one) => !elsewhere.includes(one))) {
    it(`have one for ${key}`, () => {
      assert.deepEqual(parse([flagOf(key), 'another']), { ...documentedObjects, [key]: 'another' });
    });
  }
});
