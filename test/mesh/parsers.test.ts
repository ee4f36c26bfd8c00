import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseBundle, writeBundle } from '../../mesh/bundle-text.ts';
import { parseGoDuration } from '../../domain/go-duration.ts';
import { makeRoot } from '../support/certificates.ts';

/** Properties that hold for every text, not only for those that somebody thought of. */
describe('parsers of what others write', () => {
  let roots: readonly string[];

  before(async () => {
    roots = (await Promise.all(['one', 'two', 'three'].map(makeRoot))).map(({ pem }) => pem);
  });

  it('read back every set of anchors that was written, in any order and repeated', async () => {
    const some = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 });

    await fc.assert(
      fc.asyncProperty(some, async (picks) => {
        const written = await writeBundle(picks.map((index) => roots[index] ?? ''));
        const bundle = await parseBundle(written);

        assert.equal(bundle.canonical, true);
        assert.equal(bundle.fingerprints.length, new Set(picks).size);
        assert.equal(await writeBundle([written]), written);
      }),
      { numRuns: 50 },
    );
  });

  it('never throw on a bundle, and never call text beyond certificates canonical', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async (noise) => {
        const bundle = await parseBundle(`${roots[0] ?? ''}\n${noise}`);

        if (noise.trim() !== '') assert.equal(bundle.canonical, false);
      }),
      { numRuns: 100 },
    );
  });

  it('read every duration that Go prints, and nothing that is none', () => {
    const part = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        const text = `${String(hours)}h${String(minutes)}m${String(seconds)}s`;
        assert.equal(parseGoDuration(text), ((hours * 60 + minutes) * 60 + seconds) * 1_000);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseGoDuration(text);
        assert.ok(parsed === undefined || Number.isFinite(parsed));
      }),
    );
  });
});
