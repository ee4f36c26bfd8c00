import assert from 'node:assert/strict';
import type { ClientPair, ProxyAnswer } from '../../../mesh/observation/handshake.ts';
import { interview } from '../../../mesh/observation/interview.ts';
import { alertOf } from '../../../mesh/observation/tls-alert.ts';

const answeredPlainly: ProxyAnswer = {
  outcome: 'answered',
  chain: { leaf: { der: Buffer.of(), fingerprint: '' }, behind: [] },
  askedForCertificate: true,
};
const gone: ProxyAnswer = { outcome: 'unreachable', detail: 'ECONNREFUSED' };
const closed: ProxyAnswer = { outcome: 'refused', detail: 'closed' };
const probe: ClientPair = { keyPem: '', chainPem: '' };
const hopeful = [{ name: 'b', probe, isHopeful: true }] as const;
const hopeless = [{ name: 'b', probe, isHopeful: false }] as const;

/** Answers the questions in the order in which they come. */
function script(...answers: ProxyAnswer[]): {
  ask: () => Promise<ProxyAnswer>;
  left: ProxyAnswer[];
} {
  return {
    left: answers,
    ask: () => Promise.resolve(answers.shift() ?? gone),
  };
}

function refusedWith(code: string): ProxyAnswer {
  const alert = alertOf({ code });
  assert.ok(alert !== undefined);
  return { outcome: 'refused', detail: `TLS alert ${alert.name}`, alert };
}

describe('an interview with a proxy', () => {
  it('needs one handshake when the probe is accepted, which shows the leaf as well', async () => {
    const { ask, left } = script(answeredPlainly, gone);
    const talk = await interview(ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(talk.answers.get('b'), { verdict: 'accepted' });
    assert.equal(left.length, 1);
  });

  it('needs one without a certificate when there is no probe', async () => {
    const { ask, left } = script(answeredPlainly, gone);
    const talk = await interview(ask, []);
    assert.ok(talk.outcome === 'answered');
    assert.equal(left.length, 1);
  });

  it('believes a refusal between two handshakes that succeed', async () => {
    const { ask, left } = script(closed, answeredPlainly, closed, answeredPlainly);
    const talk = await interview(ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(talk.answers.get('b'), { verdict: 'refused' });
    assert.equal(left.length, 0);
  });

  it('needs one handshake less where a refusal is likely', async () => {
    const { ask, left } = script(answeredPlainly, closed, answeredPlainly);
    const talk = await interview(ask, hopeless);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(talk.answers.get('b'), { verdict: 'refused' });
    assert.equal(left.length, 0);
    assert.equal((await interview(script(gone).ask, hopeless)).outcome, 'unreachable');
  });

  it('takes the acceptance of another probe for the handshake before', async () => {
    const { ask, left } = script(answeredPlainly, closed, answeredPlainly);
    const talk = await interview(ask, [...hopeful, { name: 'a', probe, isHopeful: false }]);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(talk.answers.get('b'), { verdict: 'accepted' });
    assert.deepEqual(talk.answers.get('a'), { verdict: 'refused' });
    assert.equal(left.length, 0);
  });

  it('takes the acceptance of yet another one for the handshake after', async () => {
    const questions = [
      { name: 'a', probe, isHopeful: false },
      ...hopeful,
      { name: 'x', probe, isHopeful: true },
    ] as const;
    const { ask, left } = script(answeredPlainly, closed, answeredPlainly, gone);
    const talk = await interview<'a' | 'b' | 'x'>(ask, questions);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(
      [...talk.answers].map(([name, { verdict }]) => `${name} ${verdict}`),
      ['b accepted', 'a refused', 'x accepted'],
    );
    assert.equal(left.length, 1);

    const leaving = await interview<'a' | 'b' | 'x'>(
      script(answeredPlainly, closed, closed, gone).ask,
      questions,
    );
    assert.ok(leaving.outcome === 'answered');
    assert.equal(leaving.answers.get('a')?.verdict, 'unclear');
    assert.equal(leaving.answers.get('x')?.verdict, 'unclear');
  });

  it('does not believe a refusal of a proxy that is going away', async () => {
    const talk = await interview(script(closed, answeredPlainly, closed, gone).ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.equal(talk.answers.get('b')?.verdict, 'unclear');
    assert.equal((await interview(script(closed, gone).ask, hopeful)).outcome, 'unreachable');
  });

  it('believes the second look when the first was an accident', async () => {
    const talk = await interview(script(closed, answeredPlainly, answeredPlainly).ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.deepEqual(talk.answers.get('b'), { verdict: 'accepted' });
  });

  it('proves nothing by an answer of a server that asked for no certificate', async () => {
    const open: ProxyAnswer = { ...answeredPlainly, askedForCertificate: false };
    const talk = await interview(script(open).ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.equal(talk.answers.get('b')?.verdict, 'unclear');
  });

  it('reads alerts: only some of them speak of trust', async () => {
    const expected = {
      ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'refused',
      ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: 'refused',
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': 'refused',
      'ERR_SSL_SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE': 'unfit',
      'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED': 'unclear',
      ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR: 'unclear',
    };
    for (const [code, verdict] of Object.entries(expected)) {
      const refused = refusedWith(code);
      const { ask } = script(refused, answeredPlainly, refused, answeredPlainly);
      const talk = await interview(ask, hopeful);
      assert.ok(talk.outcome === 'answered');
      assert.equal(talk.answers.get('b')?.verdict, verdict, code);
    }
    assert.equal(alertOf(new Error('no code')), undefined);
    assert.equal(alertOf({ code: 'ECONNRESET' }), undefined);
  });

  it('ends at once when the first handshake tells that there is nobody to ask', async () => {
    const noLeaf: ProxyAnswer = { outcome: 'no-leaf', detail: 'not ready' };
    assert.deepEqual(await interview(script(noLeaf).ask, hopeful), noLeaf);
    assert.equal((await interview(script(closed, closed).ask, hopeful)).outcome, 'unreachable');
    assert.deepEqual(await interview(script(gone).ask, hopeful), gone);
    const talk = await interview(script(closed, answeredPlainly, gone).ask, hopeful);
    assert.ok(talk.outcome === 'answered');
    assert.equal(talk.answers.get('b')?.verdict, 'unclear');
  });
});
