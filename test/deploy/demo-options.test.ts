import assert from 'node:assert/strict';
import { DemoUsageError, parseDemoOptions } from '../../deploy/local/demo-options.ts';

describe('options of the demo', () => {
  it('rotate with the planned method at a steady pace when nothing is asked for', () => {
    assert.deepEqual(parseDemoOptions([]), {
      script: 'rotate',
      method: 'auto',
      pace: 'steady',
      cluster: 'simulated',
      keep: false,
    });
  });

  it('choose method, pace and script', () => {
    const options = parseDemoOptions(['--method', 'overlap', '--pace', 'urgent', '--keep']);

    assert.deepEqual(options, {
      script: 'rotate',
      method: 'overlap',
      pace: 'urgent',
      cluster: 'simulated',
      keep: true,
    });
    assert.equal(parseDemoOptions(['--real'])?.cluster, 'real');
    assert.equal(parseDemoOptions(['--by-hand'])?.script, 'by-hand');
    assert.equal(parseDemoOptions(['--restart-only'])?.script, 'restart-only');
  });

  it('ask for help', () => {
    assert.equal(parseDemoOptions(['--help']), undefined);
  });

  it('are refused with the flag that is wrong', () => {
    const refused = (args: string[], message: RegExp): void => {
      assert.throws(
        () => parseDemoOptions(args),
        (error) => error instanceof DemoUsageError && message.test(error.message),
      );
    };

    refused(['--pase', 'urgent'], /--pase/);
    refused(['--pace', 'lazy'], /lazy.*natural, steady, urgent/);
    refused(['--method', 'magic'], /magic.*auto, bridge, overlap/);
    refused(['--by-hand', '--restart-only'], /choose one/);
  });
});
