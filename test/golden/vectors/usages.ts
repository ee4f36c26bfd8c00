import type { Mode } from '../ask-go.ts';
import type { ExtendedUsage } from '../real-certificates.ts';
import type { Kind, PkiOptions } from '../real-pki.ts';
import type { Vector } from '../vector.ts';
import { meshVector } from '../vector.ts';

type Row = readonly [what: string, Mode, Kind, accepted: boolean, PkiOptions, goSays?: RegExp];

const cannotSign = /parent certificate cannot sign this kind of certificate/;
const incompatible = /incompatible key usage/;
const noCertSign = { keyUsage: 'digitalSignature' } as const;
/** Cert sign all the same, so that only the CA flag tells. */
const noCa = { isCa: false, keyUsage: 'certSign' } as const;
const noKeyUsage = { keyUsage: 'none' } as const;

/** All at a holder of {A}, so that a bridge in the chain is needed. */
const rows: readonly Row[] = [
  ...extended('leaf', 'clientAuth', { issuer: true, serverAuth: false, clientAuth: true }),
  ...extended('issuer', 'clientAuth', { issuer: false, serverAuth: false, clientAuth: true }),
  ...extended('issuer', 'serverAuth', { issuer: true, serverAuth: true, clientAuth: false }),
  ...extended('bridge', 'clientAuth', { issuer: false, serverAuth: false, clientAuth: true }),
  ...extended('issuer', 'other', { issuer: false, serverAuth: false, clientAuth: false }),
  // Only Go takes "any" at its word, and only Go looks at the usages of an anchor.
  ...extended('leaf', 'any', { issuer: true, serverAuth: false, clientAuth: false }),
  ...extended('issuer', 'any', { issuer: true, serverAuth: false, clientAuth: false }),
  ...extended('anchorA', 'clientAuth', { issuer: false, serverAuth: true, clientAuth: true }),
  ...extended('anchorA', 'any', { issuer: true, serverAuth: true, clientAuth: true }),

  ['anchor without cert sign', 'issuer', 'a', false, { anchorA: noCertSign }, cannotSign],
  ['anchor without cert sign', 'serverAuth', 'a', true, { anchorA: noCertSign }, cannotSign],
  ['bridge without cert sign', 'issuer', 'x', false, bridged(noCertSign), cannotSign],
  ['bridge without cert sign', 'serverAuth', 'x', true, bridged(noCertSign), cannotSign],
  // Nothing in the file is signed by the issuer itself, so nobody asks whether it may sign.
  ['issuer without cert sign', 'issuer', 'x', true, { issuer: noCertSign }],
  ['issuer without cert sign', 'serverAuth', 'x', true, { issuer: noCertSign }, cannotSign],
  ['anchor without key usages', 'issuer', 'a', true, { anchorA: noKeyUsage }],
  ['bridge without key usages', 'issuer', 'x', true, { bridge: noKeyUsage }],
  ['issuer without key usages', 'serverAuth', 'x', true, { issuer: noKeyUsage }],

  ['anchor that is no CA', 'issuer', 'a', false, { anchorA: noCa }, cannotSign],
  ['anchor that is no CA', 'serverAuth', 'a', true, { anchorA: noCa }, cannotSign],
  ['bridge that is no CA', 'issuer', 'x', false, bridged(noCa), cannotSign],
  ['issuer that is no CA', 'serverAuth', 'a', false, { issuer: noCa }, cannotSign],
  ['leaf that is a CA', 'serverAuth', 'a', false, { leaf: { isCa: true } }],
];

export const usageVectors: readonly Vector[] = rows.map(
  ([what, mode, kind, accepted, pki, goSays]) =>
    meshVector(what, {
      ...{ mode, kind, holds: 'A', accepted, pki },
      ...(goSays === undefined ? {} : { goSays }),
    }),
);

/** With anchors of two names, so that the reason that Go gives is about the bridge, not about A. */
function bridged(bridge: NonNullable<PkiOptions['bridge']>): PkiOptions {
  return { nameOfA: 'CN=root 1', nameOfB: 'CN=root 2', bridge };
}

function extended(
  of: 'leaf' | 'issuer' | 'bridge' | 'anchorA',
  usage: ExtendedUsage,
  accepted: Readonly<Record<Mode, boolean>>,
): readonly Row[] {
  const pki = { [of]: { extendedUsages: [usage] } };
  return (['issuer', 'serverAuth', 'clientAuth'] as const).map((mode) => [
    `${of} limited to ${usage}`,
    mode,
    'x',
    accepted[mode],
    pki,
    incompatible,
  ]);
}
