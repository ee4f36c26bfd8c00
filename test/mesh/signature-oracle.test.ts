import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { goAccepts, webpkiAccepts } from '../../domain/chain.ts';
import { createSignatureOracle } from '../../mesh/signature-oracle.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import type { MadeCertificate } from '../support/certificates.ts';
import { makeCertificate, makeRoot } from '../support/certificates.ts';

const sameName = 'root.linkerd.cluster.local';

describe('the signature oracle', () => {
  let a: MadeCertificate;
  let b: MadeCertificate;
  let bridge: MadeCertificate;
  let issuer: MadeCertificate;
  let leaf: MadeCertificate;

  before(async () => {
    a = await makeRoot(sameName);
    b = await makeRoot(sameName);
    bridge = await makeCertificate({ commonName: sameName, signer: a, keys: b.keys, isCa: true });
    issuer = await makeCertificate({ commonName: 'identity', signer: b, isCa: true });
    leaf = await makeCertificate({ commonName: 'web', signer: issuer });
  });

  it('tells signers of one name apart by the signature', async () => {
    const oracle = createSignatureOracle();
    const [inA, inB, inBridge, inIssuer] = await oracle.learn([
      a.pem,
      b.pem,
      bridge.pem,
      issuer.pem,
    ]);
    assert.ok(inA && inB && inBridge && inIssuer);

    assert.equal(oracle.signedBy(inBridge, inA), true);
    assert.equal(oracle.signedBy(inBridge, inB), false);
    assert.equal(oracle.signedBy(inIssuer, inB), true);
    assert.equal(oracle.signedBy(inIssuer, inA), false);
    assert.equal(oracle.signedBy(inIssuer, inBridge), true);
    assert.equal(oracle.signedBy(inA, inA), true);
  });

  it('learns in any order and more than once', async () => {
    const oracle = createSignatureOracle();
    const [inIssuer] = await oracle.learn([issuer.pem]);
    const [inB] = await oracle.learn([b.pem]);
    await oracle.learn([issuer.pem, b.pem]);
    assert.ok(inIssuer && inB);

    assert.equal(oracle.signedBy(inIssuer, inB), true);
  });

  it('has examined what it was taught when it answers, whoever else teaches it the same just now', async () => {
    const others = await Promise.all([makeRoot(sameName), makeRoot(sameName), makeRoot(sameName)]);
    const oracle = createSignatureOracle();
    const lesson = [b, ...others, issuer].map(({ pem }) => pem);
    const verdict = async (pems: readonly string[]): Promise<boolean> => {
      const facts = await oracle.learn(pems);
      const found = ({ pem }: MadeCertificate): CertificateFacts => {
        const fact = facts[pems.indexOf(pem)];
        assert.ok(fact);
        return fact;
      };
      return oracle.signedBy(found(issuer), found(b));
    };

    const verdicts = await Promise.all([
      verdict(lesson),
      verdict(lesson.toReversed()),
      verdict([issuer.pem, b.pem]),
    ]);

    assert.deepEqual(verdicts, [true, true, true]);
  });

  it('does not guess about a certificate it never saw', async () => {
    const oracle = createSignatureOracle();
    const [inA] = await oracle.learn([a.pem]);
    assert.ok(inA);
    const unseen = await parseCertificate(issuer.pem);

    assert.throws(() => oracle.signedBy(unseen, inA), /was never examined.*learn it first/);
  });

  it('finds no signature where the key is of another kind', async () => {
    const rsa = await makeCertificate({ commonName: sameName, isCa: true, algorithm: 'rsa' });
    const oracle = createSignatureOracle();
    const [inRsa, inIssuer] = await oracle.learn([rsa.pem, issuer.pem]);
    assert.ok(inRsa && inIssuer);

    assert.equal(oracle.signedBy(inIssuer, inRsa), false);
  });

  it('makes a leaf behind the bridge good under either anchor, and only so', async () => {
    const oracle = createSignatureOracle();
    const [inA, inB, inBridge, inIssuer, inLeaf] = await oracle.learn(
      [a, b, bridge, issuer, leaf].map(({ pem }) => pem),
    );
    assert.ok(inA && inB && inBridge && inIssuer && inLeaf);
    const check = { atMs: Date.now(), usage: 'serverAuth', signedBy: oracle.signedBy } as const;

    assert.equal(webpkiAccepts([inLeaf, inIssuer, inBridge], [inA], check).accepted, true);
    assert.equal(webpkiAccepts([inLeaf, inIssuer, inBridge], [inB], check).accepted, true);
    assert.equal(webpkiAccepts([inLeaf, inIssuer], [inA], check).accepted, false);
    assert.equal(goAccepts([inIssuer, inBridge], [inA], check).accepted, true);
  });
});
