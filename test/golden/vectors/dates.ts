import type { Mode } from '../ask-go.ts';
import { nowMs, yearMs } from '../real-certificates.ts';
import type { Holds, Kind, PkiOptions } from '../real-pki.ts';
import { realPki } from '../real-pki.ts';
import type { Vector } from '../vector.ts';
import { meshVector, presented, vector } from '../vector.ts';

const dayMs = 86_400_000;
const expired = { endsMs: -dayMs };
const early = { beginsMs: dayMs };
const outside = /expired or is not yet valid/;

type Row = readonly [what: string, Mode, Kind, Holds, accepted: boolean, PkiOptions];

const rows: readonly Row[] = (
  [
    ['expired', expired],
    ['not yet valid', early],
  ] as const
).flatMap(([when, dates]): Row[] => [
  [`leaf ${when}`, 'serverAuth', 'a', 'A', false, { leaf: dates }],
  [`issuer ${when}`, 'serverAuth', 'a', 'A', false, { issuer: dates }],
  [`issuer ${when}`, 'issuer', 'a', 'A', false, { issuer: dates }],
  [`bridge ${when}`, 'serverAuth', 'x', 'A', false, { bridge: dates }],
  [`bridge ${when}`, 'issuer', 'x', 'A', false, { bridge: dates }],
  [`bridge ${when}`, 'serverAuth', 'x', 'B', true, { bridge: dates }],
  [`bridge ${when}`, 'issuer', 'x', 'B', true, { bridge: dates }],
  // linkerd-identity dies of its anchor's dates, the proxies around it do not.
  [`A ${when}`, 'issuer', 'a', 'A', false, { anchorA: dates }],
  [`A ${when}`, 'issuer', 'a', 'A,B', false, { anchorA: dates }],
  [`A ${when}`, 'issuer', 'x', 'A', false, { anchorA: dates }],
  [`A ${when}`, 'issuer', 'x', 'A,B', true, { anchorA: dates }],
  [`A ${when}`, 'serverAuth', 'a', 'A', true, { anchorA: dates }],
  [`A ${when}`, 'clientAuth', 'x', 'A', true, { anchorA: dates }],
  [`A ${when}`, 'serverAuth', 'x', 'A,B', true, { anchorA: dates }],
]);

const edges = [
  { at: 'the first moment', offsetMs: -yearMs, accepted: true },
  { at: 'a second before the first moment', offsetMs: -yearMs - 1_000, accepted: false },
  { at: 'the last moment', offsetMs: yearMs, accepted: true },
  { at: 'a second after the last moment', offsetMs: yearMs + 1_000, accepted: false },
];

export const dateVectors: readonly Vector[] = [
  ...rows.map(([what, mode, kind, holds, accepted, pki]) =>
    meshVector(what, { ...{ mode, kind, holds, accepted, pki }, goSays: outside }),
  ),
  ...edges.flatMap(({ at, offsetMs, accepted }) =>
    (['issuer', 'serverAuth'] as const).map((mode) =>
      vector(at, {
        mode,
        accepted,
        goSays: outside,
        present: async () => {
          const pki = await realPki();
          const chain = presented(pki, mode).x;
          return { chain, anchors: pki.anchors['A,B'], atMs: nowMs + offsetMs };
        },
      }),
    ),
  ),
];
