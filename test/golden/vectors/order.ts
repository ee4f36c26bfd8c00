import type { RealCertificate, WantedCertificate } from '../real-certificates.ts';
import { makeReal, yearMs } from '../real-certificates.ts';
import type { Holds, RealPki } from '../real-pki.ts';
import { realPki } from '../real-pki.ts';
import type { Presented, Vector } from '../vector.ts';
import { vector } from '../vector.ts';

const unknown = /signed by unknown authority/;
const ca = { isCa: true };

/** How the certificates of a chain stand behind one another, and what else stands there. */
export const orderVectors: readonly Vector[] = [
  inOrder('leaf, bridge, issuer', 'A', true, ({ leaf, b, bridge }) => [leaf, bridge, b]),
  inOrder('leaf, then the bridge twice, then the issuer twice', 'A', true, (made) => {
    const { leaf, b, bridge } = made;
    return [leaf, bridge, bridge, b, b];
  }),
  inOrder('a chain that ends with its anchor', 'A', true, ({ leaf, b, bridge, anchorA }) => [
    ...[leaf, b, bridge, anchorA],
  ]),
  inOrder('strangers in the chain', 'A', true, ({ leaf, b, bridge, issuers, anchorB }) => [
    ...[leaf, ...issuers.a, anchorB, bridge, b],
  ]),
  inOrder('a chain without the issuer', 'A', false, ({ leaf, bridge }) => [leaf, bridge], unknown),
  inOrder('a chain without the bridge', 'A', false, ({ leaf, b }) => [leaf, b], unknown),
  inOrder('the leaf alone', 'B', false, ({ leaf }) => [leaf], unknown),
  inOrder('the issuer first, then the leaf', 'A', false, ({ leaf, b, bridge }) => [
    ...[b, leaf, bridge],
  ]),
  issuerFile('issuer, a stranger, bridge', 'A', true, ({ b, issuers, bridge }) => [
    ...[b, ...issuers.a, bridge],
  ]),
  issuerFile('bridge, then issuer', 'A', true, ({ b, bridge }) => [bridge, b]),
  issuerFile('bridge, then issuer', 'B', false, ({ b, bridge }) => [bridge, b], unknown),
  issuerFile('issuer, then its anchor', 'B', true, ({ b, anchorB }) => [b, anchorB]),
  issuerFile('issuer, then an anchor not held', 'A', false, ({ b, anchorB }) => [b, anchorB]),
  issuerFile('an anchor as its own issuer', 'A', true, ({ anchorA }) => [anchorA]),
  vector('an issuer that is the anchor’s name and key again', {
    ...{ mode: 'issuer', accepted: false, goSays: unknown },
    present: async () => {
      const { anchorA } = await realPki();
      return { chain: [await twinOf(anchorA, ca)], anchors: [anchorA] };
    },
  }),
  vector('an issuer that is the anchor’s name and key again, with a DNS name', {
    ...{ mode: 'issuer', accepted: true },
    present: async () => {
      const { anchorA } = await realPki();
      const chain = [await twinOf(anchorA, { ...ca, dnsNames: ['identity.example'] })];
      return { chain, anchors: [anchorA] };
    },
  }),
  vector('a self-signed leaf of the anchor’s name and key', {
    ...{ mode: 'serverAuth', accepted: true, goSays: unknown },
    present: async () => {
      const { anchorA } = await realPki();
      return { chain: [await twinOf(anchorA, {})], anchors: [anchorA] };
    },
  }),
  vector('a leaf that stands in the bundle, without its issuer', {
    ...{ mode: 'serverAuth', accepted: false },
    present: async () => {
      const { leaves } = await realPki();
      const [leaf] = leaves.a;
      return { chain: leaf === undefined ? [] : [leaf], anchors: leaf === undefined ? [] : [leaf] };
    },
  }),
  vector('two anchors not held that signed each other', {
    ...{ mode: 'serverAuth', accepted: false, goSays: unknown },
    present: crossSigned,
  }),
  ...(['issuer', 'serverAuth'] as const).flatMap((mode) => [
    vector('a path through the first certificate’s own name and key', {
      ...{ mode, accepted: false, goSays: unknown },
      present: () => throughItself(undefined),
    }),
    vector('a path through the first certificate’s own name and key, with a DNS name', {
      ...{ mode, accepted: mode === 'issuer' },
      present: () => throughItself(['identity.example']),
    }),
  ]),
];

interface Pieces extends RealPki {
  readonly leaf: RealCertificate;
  readonly b: RealCertificate;
}
type Arrange = (pieces: Pieces) => readonly RealCertificate[];

function inOrder(what: string, holds: Holds, accepted: boolean, ...rest: Arranged): Vector {
  return arranged('serverAuth', { what, holds, accepted }, rest);
}

function issuerFile(what: string, holds: Holds, accepted: boolean, ...rest: Arranged): Vector {
  return arranged('issuer', { what, holds, accepted }, rest);
}

type Arranged = readonly [arrange: Arrange, goSays?: RegExp];

function arranged(
  mode: 'issuer' | 'serverAuth',
  { what, holds, accepted }: { what: string; holds: Holds; accepted: boolean },
  [arrange, goSays]: Arranged,
): Vector {
  return vector(`${what}, at {${holds}}`, {
    ...{ mode, accepted },
    ...(goSays === undefined ? {} : { goSays }),
    present: async () => {
      const pki = await realPki();
      const [leaf, b] = pki.leaves.x;
      if (leaf === undefined || b === undefined) throw new Error('A chain of x has three parts.');
      return { chain: arrange({ ...pki, leaf, b }), anchors: pki.anchors[holds] };
    },
  });
}

/** Self-signed like the anchor, but not the same certificate: it ends later. */
function twinOf(
  { certificate, key }: RealCertificate,
  change: Partial<WantedCertificate>,
): Promise<RealCertificate> {
  return makeReal({ subject: certificate.subject, key, endsMs: 2 * yearMs, ...change });
}

async function crossSigned(): Promise<Presented> {
  const c = await makeReal({ subject: 'CN=c', key: 'C', ...ca });
  const d = await makeReal({ subject: 'CN=d', key: 'D', ...ca });
  const cUnderD = await makeReal({ subject: 'CN=c', key: 'C', signer: d, ...ca });
  const dUnderC = await makeReal({ subject: 'CN=d', key: 'D', signer: c, ...ca });
  const leaf = await makeReal({ subject: 'CN=web', key: 'web', signer: c });
  return {
    chain: [leaf, cUnderD, dUnderC, c, d],
    anchors: (await realPki()).anchors['A,B'],
  };
}

/** leaf (name and key L) ← middle ← L again ← A: only the second visit to L leads to an anchor. */
async function throughItself(dnsNames: readonly string[] | undefined): Promise<Presented> {
  const { anchorA, anchors } = await realPki();
  const again = await makeReal({ subject: 'CN=l', key: 'L', signer: anchorA, ...ca });
  const middle = await makeReal({ subject: 'CN=middle', key: 'M', signer: again, ...ca });
  const leaf = await makeReal({
    ...{ subject: 'CN=l', key: 'L', signer: middle },
    ...(dnsNames === undefined ? {} : { dnsNames }),
  });
  return { chain: [leaf, middle, again], anchors: anchors.A };
}
