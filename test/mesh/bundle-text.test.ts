import assert from 'node:assert/strict';
import { explainHazard, parseBundle, writeBundle } from '../../mesh/bundle-text.ts';
import { splitPem } from '../../mesh/x509.ts';
import { makeRoot } from '../support/certificates.ts';

describe('the text of a trust bundle', () => {
  let one: string;
  let other: string;
  let key: string;

  before(async () => {
    const [first, second] = [await makeRoot('one'), await makeRoot('other')];
    [one, other, key] = [
      (await writeBundle([first.pem])).trim(),
      (await writeBundle([second.pem])).trim(),
      first.keyPem,
    ];
  });

  it('is canonical as it is written: sorted, without doubles, nothing after the last', async () => {
    const text = await writeBundle([`${other}\n\n# comment\n${one}\n`, one]);

    const bundle = await parseBundle(text);

    assert.equal(bundle.canonical, true);
    assert.equal(bundle.fatal, false);
    assert.deepEqual(
      bundle.certificates.map(({ fingerprint }) => fingerprint),
      bundle.fingerprints,
    );
    assert.equal(bundle.certificates.length, 2);
    assert.ok(text.endsWith('-----END CERTIFICATE-----'));
    assert.equal(await writeBundle([one, other]), await writeBundle([other, one]));
  });

  it('may end with one newline', async () => {
    assert.equal((await parseBundle(`${one}\n${other}\n`)).canonical, true);
  });

  const cases: readonly {
    readonly name: string;
    readonly text: () => string;
    readonly hazard: string;
    readonly fatal: boolean;
  }[] = [
    {
      name: 'a blank line after the last certificate',
      text: () => `${one}\n\n`,
      hazard: 'text-after-last-certificate',
      fatal: true,
    },
    {
      name: 'a comment after the last certificate',
      text: () => `${one}\n# end`,
      hazard: 'text-after-last-certificate',
      fatal: true,
    },
    {
      name: 'a key between the certificates',
      text: () => `${one}\n${key}${other}`,
      hazard: 'block-that-is-no-certificate',
      fatal: true,
    },
    {
      name: 'two certificates without a newline between',
      text: () => `${one}${other}`,
      hazard: 'no-newline-between-certificates',
      fatal: true,
    },
    {
      name: 'a block that is no certificate inside',
      text: () => `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n${one}`,
      hazard: 'unparsable-certificate',
      fatal: true,
    },
    { name: 'nothing', text: () => '', hazard: 'empty', fatal: true },
    {
      name: 'a comment before',
      text: () => `# anchors\n${one}`,
      hazard: 'text-between-certificates',
      fatal: false,
    },
    {
      name: 'a certificate twice',
      text: () => `${one}\n${one}`,
      hazard: 'duplicate-certificate',
      fatal: false,
    },
    {
      name: 'Windows line ends',
      text: () => one.replaceAll('\n', '\r\n'),
      hazard: 'layout-not-canonical',
      fatal: false,
    },
  ];
  for (const { name, text, hazard, fatal } of cases) {
    it(`judges ${name} as ${fatal ? 'fatal' : 'harmless'}`, async () => {
      const bundle = await parseBundle(text());

      assert.deepEqual(bundle.hazards, [hazard]);
      assert.equal(bundle.fatal, fatal);
      assert.equal(bundle.canonical, false);
      assert.ok(bundle.hazards.every((found) => explainHazard(found).length > 10));
    });
  }

  it('splits into blocks of its own', () => {
    assert.deepEqual(splitPem(`# x\n${one}\n${other}`), [one, other]);
  });
});
