import { measured } from '../../support/fake-pki.ts';
import type { Mode } from '../ask-go.ts';
import type { PkiOptions } from '../real-pki.ts';
import type { Vector } from '../vector.ts';
import { meshVector } from '../vector.ts';

const modes: readonly Mode[] = ['issuer', 'serverAuth', 'clientAuth'];
const namings: readonly (readonly [string, PkiOptions])[] = [
  ['anchors of one name', {}],
  ['anchors of different names', { nameOfA: 'CN=root 1', nameOfB: 'CN=root 2' }],
  ['anchors of one name, a bridge with authority key id', { bridge: { authorityKeyId: 'right' } }],
];

/** The measured table: who accepts what by what is held; the same for leaves and for issuer files. */
export const bridgeVectors: readonly Vector[] = namings.flatMap(([naming, pki]) =>
  modes.flatMap((mode) =>
    measured.flatMap(({ holds, accepted }) =>
      (['a', 'x', 'b'] as const).map((kind) =>
        meshVector(naming, { mode, kind, holds, accepted: accepted[kind], pki }),
      ),
    ),
  ),
);
