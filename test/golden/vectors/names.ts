import { makeReal } from '../real-certificates.ts';
import { realPki } from '../real-pki.ts';
import type { Presented, Vector } from '../vector.ts';
import { meshVector, presented, vector } from '../vector.ts';

const unknown = /signed by unknown authority/;
const dayMs = 86_400_000;

/** Names find the candidates, signatures decide; key identifiers are hints and bind nobody. */
export const nameVectors: readonly Vector[] = (['issuer', 'serverAuth'] as const).flatMap(
  (mode): Vector[] => {
    const at = async (options: Parameters<typeof realPki>[0]): Promise<Presented> => {
      const pki = await realPki(options);
      return { chain: presented(pki, mode).x, anchors: pki.anchors.A };
    };
    return [
      vector('an anchor of the same name with another key', {
        ...{ mode, accepted: false, goSays: unknown },
        present: async () => ({
          ...(await at({})),
          anchors: [await makeReal({ subject: 'CN=root', key: 'C', isCa: true })],
        }),
      }),
      vector('an anchor of the same key with another name', {
        ...{ mode, accepted: false, goSays: unknown },
        present: async () => ({
          ...(await at({})),
          anchors: [await makeReal({ subject: 'CN=other', key: 'A', isCa: true })],
        }),
      }),
      ...(['CN=Root', 'CN=root, O=mesh', 'CN=root '] as const).map((subject) =>
        vector(`an anchor named ${JSON.stringify(subject)}`, {
          ...{ mode, accepted: false, goSays: unknown },
          present: async () => ({
            ...(await at({})),
            anchors: [await makeReal({ subject, key: 'A', isCa: true })],
          }),
        }),
      ),
      meshVector('bridge with another issuer’s name', {
        ...{ mode, kind: 'x', holds: 'A', accepted: false, goSays: unknown },
        pki: { bridge: { issuerName: 'CN=other' } },
      }),
      meshVector('bridge signed by another key of A’s name', {
        ...{ mode, kind: 'x', holds: 'A', accepted: false, goSays: unknown },
        pki: { bridge: { signedWith: 'C' } },
      }),
      meshVector('issuer of the anchors’ own name', {
        ...{ mode, kind: 'x', holds: 'A', accepted: true },
        pki: { issuer: { subject: 'CN=root' } },
      }),
      ...(['A', 'B'] as const).map((holds) =>
        meshVector('key identifiers that name no key at all', {
          ...{ mode, kind: 'x', holds, accepted: true },
          pki: {
            anchorA: { subjectKeyId: 'wrong' },
            bridge: { subjectKeyId: 'wrong', authorityKeyId: 'wrong' },
            issuer: { authorityKeyId: 'wrong' },
          },
        }),
      ),
      meshVector('no key identifiers', {
        ...{ mode, kind: 'x', holds: 'A', accepted: true },
        pki: {
          anchorA: { subjectKeyId: 'none', authorityKeyId: 'none' },
          bridge: { subjectKeyId: 'none', authorityKeyId: 'none' },
          issuer: { authorityKeyId: 'none' },
        },
      }),
      ...([true, false] as const).map((first) =>
        vector(`a bundle of five of one name, the right one ${first ? 'first' : 'last'}`, {
          ...{ mode, accepted: true },
          present: async () => {
            const { chain, anchors } = await at({});
            const others = await Promise.all(
              ['V', 'W', 'Y', 'Z'].map((key) => makeReal({ subject: 'CN=root', key, isCa: true })),
            );
            return { chain, anchors: first ? [...anchors, ...others] : [...others, ...anchors] };
          },
        }),
      ),
      vector('an expired anchor beside its successor of the same key', {
        ...{ mode, accepted: true },
        present: async () => {
          const { chain, anchors } = await at({});
          const before = { subject: 'CN=root', key: 'A', isCa: true, endsMs: -dayMs };
          return { chain, anchors: [await makeReal(before), ...anchors] };
        },
      }),
      vector('an empty bundle', {
        ...{ mode, accepted: false, goSays: unknown },
        present: async () => ({ ...(await at({})), anchors: [] }),
      }),
    ];
  },
);
