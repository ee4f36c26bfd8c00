import assert from 'node:assert/strict';
import { rootOf } from '../../mesh/anchor-root.ts';
import { secretRef, TlsSecretError } from '../../mesh/tls-secret.ts';
import { parseCertificate } from '../../mesh/x509.ts';
import type { MadeCertificate, OffClusterAnchor } from '../support/certificates.ts';
import { makeCertificate, makeOffClusterAnchor, makeRoot } from '../support/certificates.ts';

const ref = secretRef('cert-manager', 'linkerd-trust-anchor');
const name = 'root.linkerd.cluster.local';

describe('the anchor that a Secret stands for', () => {
  let made: OffClusterAnchor;
  let stranger: MadeCertificate;

  before(async () => {
    made = await makeOffClusterAnchor(name);
    stranger = await makeRoot(name);
  });

  async function anchorIn(
    crt: MadeCertificate,
    ...ca: readonly MadeCertificate[]
  ): Promise<string> {
    const certificate = await parseCertificate(crt.pem);
    const caPem = ca.map(({ pem }) => pem).join('\n');
    return (await rootOf(ref, { certificate, chainPem: crt.pem, caPem })).pem;
  }

  it('is what lies in tls.crt where that is self-signed, whatever lies beside it', async () => {
    assert.equal(await anchorIn(stranger), stranger.pem);
    assert.equal(await anchorIn(stranger, stranger), stranger.pem);
    assert.equal(await anchorIn(stranger, made.root), stranger.pem);
  });

  it('is else the root in ca.crt that signed it, among others of its name, too', async () => {
    assert.equal(await anchorIn(made.intermediate, made.root), made.root.pem);
    assert.equal(await anchorIn(made.intermediate, stranger, made.root), made.root.pem);
  });

  it('is not told by names: what bears its signer’s is no root', async () => {
    const namesake = await makeCertificate({ commonName: name, signer: made.root, isCa: true });
    assert.equal(await anchorIn(namesake, made.root), made.root.pem);
    await assert.rejects(anchorIn(namesake), TlsSecretError);
  });

  it('is none without the root, and the error says what was looked at and what to do', async () => {
    await assert.rejects(anchorIn(made.intermediate), {
      name: 'TlsSecretError',
      message:
        'Secret cert-manager/linkerd-trust-anchor stands for no trust anchor: CN=intermediate.root.linkerd.cluster.local in tls.crt is not self-signed, and there is no certificate in ca.crt. Next step: put the root that has signed it into ca.crt, or a self-signed CA into tls.crt.',
    });
  });

  it('is none beside a root that signed something else', async () => {
    await assert.rejects(
      anchorIn(made.intermediate, stranger),
      /ca\.crt \(CN=root\.linkerd\.cluster\.local\) holds no self-signed certificate that has signed it/,
    );
  });

  it('is none where what signed it has not signed itself', async () => {
    const below = await makeCertificate({ commonName: 'below', signer: made.intermediate });
    await assert.rejects(anchorIn(below, made.intermediate), TlsSecretError);
  });
});
