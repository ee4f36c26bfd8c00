import assert from 'node:assert/strict';
import { Command } from 'commander';
import { addObjectOptions, objectsOf } from '../../client/object-options.ts';
import { documentedObjects } from '../../domain/objects.ts';

/** What Linkerd and trust-manager fix themselves. */
const fixed = ['bundleKey', 'bundleTargetLabel'];
/** Asked for as -L on every command. */
const elsewhere = ['linkerdNamespace'];

function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

describe('the options for names of objects', () => {
  const keys = Object.keys(documentedObjects).filter((key) => !fixed.includes(key));

  function parse(args: readonly string[]): ReturnType<typeof objectsOf> {
    const command = addObjectOptions(new Command()).option(
      '--linkerd-namespace <name>',
      '',
      documentedObjects.linkerdNamespace,
    );
    return objectsOf(command.parse(args, { from: 'user' }));
  }

  it('are those of the guide when none is given', () => {
    assert.deepEqual(parse([]), documentedObjects);
  });

  for (const key of keys.filter((one) => !elsewhere.includes(one))) {
    it(`have one for ${key}`, () => {
      assert.deepEqual(parse([flagOf(key), 'another']), { ...documentedObjects, [key]: 'another' });
    });
  }
});
