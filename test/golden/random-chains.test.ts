import assert from 'node:assert/strict';
import fc from 'fast-check';
import { goBuildTimeoutMs, needsGo } from '../support/go-tool.ts';
import { askGo } from './ask-go.ts';
import type { Compared } from './comparison.ts';
import { caseOf, disagreements, identityJudge, proxyJudge } from './comparison.ts';
import { hasRuleInPlay, makeChain, someChain } from './random-chains.ts';

const chains = 100;

/** All chains go to Go in one run of its program, so a failure is not shrunk: the shortest is shown. */
describe('chains that nobody thought of, beside Go’s crypto/x509', () => {
  let compared: readonly Compared[];

  before(async function () {
    const go = await needsGo(this);
    this.timeout(goBuildTimeoutMs);
    const plans = fc.sample(someChain, chains);
    const questions = await Promise.all(plans.map(makeChain));
    const cases = await Promise.all(questions.map(caseOf));
    const answers = await askGo(go, questions);
    compared = plans.map((plan, index) => {
      const [asked, answer] = [cases[index], answers[index]];
      assert.ok(asked !== undefined && answer !== undefined);
      return { name: `${JSON.stringify(plan)} → Go: ${answer.error}`, asked, go: answer };
    });
  });

  it('get from the judge of issuer files the answer that Go gives', () => {
    assert.equal(shortest(disagreements(identityJudge, compared)), undefined);
  });

  it('get from the judge of leaves another answer only where a rule of webpki is in play', () => {
    const plain = compared.filter(({ asked }) => !hasRuleInPlay(asked));

    assert.equal(shortest(disagreements(proxyJudge, plain)), undefined);
    assert.ok(plain.length > chains / 10, `only ${plain.length} chains without such a rule`);
  });

  it('are of both kinds: the ones that Go accepts and the ones that it refuses', () => {
    const accepted = compared.filter(({ go }) => go.accepted).length;

    assert.ok(accepted > chains / 10, `${accepted} of ${chains} accepted`);
    assert.ok(accepted < (chains * 9) / 10, `${accepted} of ${chains} accepted`);
  });
});

function shortest(names: readonly string[]): string | undefined {
  return names.toSorted((one, other) => one.length - other.length)[0];
}
