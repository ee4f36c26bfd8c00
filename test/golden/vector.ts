import type { Mode, Question } from './ask-go.ts';
import type { RealCertificate } from './real-certificates.ts';
import { nowMs } from './real-certificates.ts';
import type { Holds, Kind, PkiOptions, RealPki } from './real-pki.ts';
import { realPki } from './real-pki.ts';

/** One chain with the one answer that is right for those who judge it in a mesh. */
export interface Vector {
  /** Unique; begins with its mode. */
  readonly name: string;
  readonly mode: Mode;
  /** For an issuer file what linkerd-identity answers, for a leaf what a proxy (webpki) answers. */
  readonly accepted: boolean;
  /** Where the refusal's reason matters: what Go says. */
  readonly goSays?: RegExp;
  readonly ask: () => Promise<Question>;
}

export interface Presented {
  readonly chain: readonly RealCertificate[];
  readonly anchors: readonly RealCertificate[];
  readonly atMs?: number;
}

interface Wanted extends Pick<Vector, 'mode' | 'accepted' | 'goSays'> {
  readonly present: () => Promise<Presented>;
}

export function vector(what: string, wanted: Wanted): Vector {
  const { present, ...rest } = wanted;
  return {
    ...rest,
    name: `${wanted.mode}: ${what}`,
    ask: async () => ({ mode: wanted.mode, atMs: nowMs, ...(await present()) }),
  };
}

interface MeshCase {
  readonly mode: Mode;
  readonly kind: Kind;
  readonly holds: Holds;
  readonly accepted: boolean;
  readonly goSays?: RegExp;
  readonly pki?: PkiOptions;
}

/** A chain of the mesh of {@link realPki}: the issuer file or the leaf of a kind, at a holder of anchors. */
export function meshVector(what: string, { pki, kind, holds, ...rest }: MeshCase): Vector {
  return vector(`${kind} at {${holds}}, ${what}`, {
    ...rest,
    present: async () => {
      const made = await realPki(pki);
      return { chain: presented(made, rest.mode)[kind], anchors: made.anchors[holds] };
    },
  });
}

export function presented(pki: RealPki, mode: Mode): RealPki['leaves'] {
  return mode === 'issuer' ? pki.issuers : pki.leaves;
}
