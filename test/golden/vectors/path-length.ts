import type { Mode } from '../ask-go.ts';
import type { RealCertificate } from '../real-certificates.ts';
import { makeReal } from '../real-certificates.ts';
import type { Holds, Kind, PkiOptions } from '../real-pki.ts';
import type { Presented, Vector } from '../vector.ts';
import { meshVector, vector } from '../vector.ts';

const tooMany = /too many intermediates for path length constraint/;

/** Path length of A, and what an identity process that holds {A} or {A,B} loads: measured. */
const issuerFiles = [
  { length: 0, kind: 'a', holds: 'A', accepted: true },
  { length: 0, kind: 'x', holds: 'A', accepted: false, goSays: tooMany },
  { length: 0, kind: 'x', holds: 'A,B', accepted: true },
  { length: 1, kind: 'x', holds: 'A', accepted: true },
  { length: undefined, kind: 'x', holds: 'A', accepted: true },
] as const;

/** Proxies accept all of these; where A is needed, Go counts one certificate more than in the file. */
const leaves: readonly (readonly [number | undefined, Kind, Holds])[] = [
  [0, 'a', 'A'],
  [0, 'x', 'A'],
  [0, 'x', 'A,B'],
  [1, 'a', 'A'],
  [1, 'x', 'A'],
  [1, 'x', 'A,B'],
  [2, 'x', 'A'],
  [undefined, 'x', 'A'],
];

/** Of the certificates between: these count for everyone. */
const between: readonly (readonly [Mode, string, PkiOptions, boolean])[] = [
  ['issuer', 'bridge of path length 0', { bridge: { pathLength: 0 } }, true],
  ['serverAuth', 'bridge of path length 0', { bridge: { pathLength: 0 } }, false],
  ['serverAuth', 'bridge of path length 1', { bridge: { pathLength: 1 } }, true],
  ['issuer', 'issuer of path length 0', { issuer: { pathLength: 0 } }, true],
  ['serverAuth', 'issuer of path length 0', { issuer: { pathLength: 0 } }, true],
];

export const pathLengthVectors: readonly Vector[] = [
  ...issuerFiles.map(({ length, ...rest }) =>
    meshVector(nameOf(length), { mode: 'issuer', pki: withLength(length), ...rest }),
  ),
  ...leaves.map(([length, kind, holds]) =>
    meshVector(nameOf(length), {
      mode: 'serverAuth',
      accepted: true,
      pki: withLength(length),
      ...{ kind, holds },
    }),
  ),
  ...between.map(([mode, what, pki, accepted]) =>
    meshVector(what, { mode, kind: 'x', holds: 'A', accepted, pki }),
  ),
  ...[1, 6, 7].map((count) =>
    vector(`${count} intermediates in a row`, {
      mode: 'serverAuth',
      accepted: count <= 6,
      present: () => ladder(count),
    }),
  ),
  vector('8 intermediates behind it', {
    mode: 'issuer',
    accepted: true,
    present: () => ladder(8),
  }),
];

function withLength(length: number | undefined): PkiOptions {
  return length === undefined ? {} : { anchorA: { pathLength: length } };
}

function nameOf(length: number | undefined): string {
  return `A of path length ${length ?? 'none'}`;
}

async function ladder(count: number): Promise<Presented> {
  const root = await makeReal({ subject: 'CN=0', key: '0', isCa: true });
  const intermediates: RealCertificate[] = [];
  let signer = root;
  for (let step = 1; step <= count; step += 1) {
    const key = String(step);
    signer = await makeReal({ subject: `CN=${key}`, key, signer, isCa: true });
    intermediates.unshift(signer);
  }
  const leaf = await makeReal({ subject: 'CN=web', key: 'web', signer });
  return { chain: [leaf, ...intermediates], anchors: [root] };
}
