import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { goBuildTimeoutMs, needsGo } from '../support/go-tool.ts';
import { askGo } from './ask-go.ts';
import type { Case, Compared } from './comparison.ts';
import { caseOf, disagreements, identityJudge, proxyJudge } from './comparison.ts';
import type { Vector } from './vector.ts';
import { bridgeVectors } from './vectors/bridge.ts';
import { dateVectors } from './vectors/dates.ts';
import { nameVectors } from './vectors/names.ts';
import { orderVectors } from './vectors/order.ts';
import { pathLengthVectors } from './vectors/path-length.ts';
import { usageVectors } from './vectors/usages.ts';
import { webpkiRules } from './webpki-differences.ts';

const groups: Readonly<Record<string, readonly Vector[]>> = {
  'the bridge, as measured': bridgeVectors,
  'path lengths': pathLengthVectors,
  usages: usageVectors,
  dates: dateVectors,
  'names and key identifiers': nameVectors,
  'order of the chain': orderVectors,
};
const vectors = Object.values(groups).flat();
const explained = webpkiRules.flatMap((rule) => rule.vectors);

/** Mistakes that a judge of chains could make, as a distorted view of what it is asked. */
const wrongViews: Readonly<Record<string, (asked: Case) => Case>> = {
  'believes every signature': (asked) => ({ ...asked, signedBy: () => true }),
  'believes no signature': (asked) => ({ ...asked, signedBy: () => false }),
  'does not look at dates': changed((facts) => ({
    ...facts,
    notBefore: '2000-01-01T00:00:00.000Z',
    notAfter: '2100-01-01T00:00:00.000Z',
  })),
  'does not count intermediates': changed(({ pathLength: _, ...facts }) => facts),
  'does not ask for a CA': changed((facts) => ({ ...facts, isCa: true })),
  'does not read usages': changed(({ lacksCertSign: _, ...facts }) => ({
    ...facts,
    extendedKeyUsages: [],
  })),
  'looks no further than the second certificate': (asked) => ({
    ...asked,
    chain: asked.chain.slice(0, 2),
  }),
  'looks at the first anchor only': (asked) => ({ ...asked, anchors: asked.anchors.slice(0, 1) }),
};

function changed(change: (facts: CertificateFacts) => CertificateFacts): (asked: Case) => Case {
  return (asked) => ({
    ...asked,
    chain: asked.chain.map(change),
    anchors: asked.anchors.map(change),
  });
}

describe('chain verification beside Go’s crypto/x509', function () {
  const compared = new Map<string, Compared>();

  before(async function () {
    const go = await needsGo(this);
    this.timeout(goBuildTimeoutMs);
    const questions = await Promise.all(vectors.map(({ ask }) => ask()));
    const cases = await Promise.all(questions.map(caseOf));
    const answers = await askGo(go, questions);
    for (const [index, { name }] of vectors.entries()) {
      const [asked, answer] = [cases[index], answers[index]];
      assert.ok(asked !== undefined && answer !== undefined);
      compared.set(name, { name, asked, go: answer });
    }
  });

  function find(name: string): Compared {
    const found = compared.get(name);
    assert.ok(found, `no vector has the name ${name}`);
    return found;
  }

  for (const [group, members] of Object.entries(groups)) {
    describe(group, () => {
      for (const { name, mode, accepted, goSays } of members) {
        const differs = explained.includes(name) ? ', unlike Go' : '';
        it(`${name}: ${accepted ? 'accepted' : 'refused'}${differs}`, () => {
          const { asked, go } = find(name);

          const judge = mode === 'issuer' ? identityJudge : proxyJudge;
          assert.equal(judge(asked), accepted, 'the judge in domain/');
          assert.equal(go.accepted, differs === '' ? accepted : !accepted, `Go: ${go.error}`);
          if (!go.accepted && goSays !== undefined) assert.match(go.error, goSays);
        });
      }
    });
  }

  it('every vector has a name of its own', () => {
    assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
  });

  it('the judge of issuer files answers as Go does, every time', () => {
    assert.deepEqual(disagreements(identityJudge, [...compared.values()]), []);
  });

  it('the judge of leaves differs from Go where a rule of webpki explains it, and nowhere else', () => {
    const differing = disagreements(proxyJudge, [...compared.values()]);

    assert.deepEqual(differing.toSorted(), explained.toSorted());
  });

  describe('a judge that is wrong is noticed', () => {
    for (const [fault, distort] of Object.entries(wrongViews)) {
      it(`one that ${fault}`, () => {
        const all = [...compared.values()];

        for (const [judge, known] of [
          [identityJudge, []],
          [proxyJudge, explained],
        ] as const) {
          const differing = disagreements((asked) => judge(distort(asked)), all);
          assert.notDeepEqual(differing.toSorted(), known.toSorted(), judge.name);
        }
      });
    }
  });
});
