import type { AnchorCandidate, AnchorCandidates } from '../../domain/anchors.ts';
import { podName } from '../../domain/conditions.ts';
import type { Laggard } from '../../domain/convergence.ts';
import type { ImportKind } from '../../domain/imports.ts';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { ProxyObservation, SignerSource, Survey, WorkloadRef } from '../../domain/survey.ts';
import { workloadName } from '../../domain/survey.ts';
import type { IssuerKind } from '../../domain/trust.ts';
import { inventory } from '../support/plan-builder.ts';
import type { HeldLetters, LeafLetters } from '../support/survey-builder.ts';
import {
  anchorA,
  anchorB,
  bridge,
  bundle,
  identity,
  identityProxy,
  injector,
  issuer,
  objects,
  proxy,
  signer,
  survey,
} from '../support/survey-builder.ts';

type Letter = 'A' | 'B';

interface ModelProxy {
  holds: HeldLetters;
  presents: LeafLetters;
}

/** Rotations go by the clock of today, to which the survey builder's certificates are old. */
const endOfA = '2046-01-01T00:00:00.000Z';
/** B is younger than A, as every successor is. */
const anchors = {
  A: { ...anchorA, notAfter: endOfA },
  B: { ...anchorB, notAfter: '2047-01-01T00:00:00.000Z' },
};
export const modelBridge = { ...bridge, notAfter: endOfA };

/**
 * As much of a mesh as a rotation looks at: three workloads of one proxy each, the trust objects, and
 * what follows by itself when one of them changes. A test changes any of it at any time.
 */
export class MeshModel {
  trustAnchor: Letter = 'A';
  previousAnchor: Letter = 'A';
  signer: SignerSource = 'trust-anchor';
  isBridgeRequested = false;
  /** What is wrong with what owners are to hand in; nothing, once it says so. */
  readonly imports: Record<ImportKind, string | undefined> = {
    anchor: 'is not there yet',
    bridge: 'is not there yet',
  };
  issuer: IssuerKind = 'a';
  hasBridge = false;
  isFrozen = false;
  /** Since when cert-manager's renewal of the anchor would be due but for the freeze. */
  renewalOverdue: string | undefined;
  /** Whether previous-anchor holds A with its key. */
  oldKeyIsHere = true;
  leaseHolder: string | undefined;

  readonly proxies: Record<'web' | 'db' | 'linkerd-identity', ModelProxy> &
    Record<string, ModelProxy> = {
    web: { holds: 'A', presents: 'a' },
    db: { holds: 'A', presents: 'a' },
    'linkerd-identity': { holds: 'A', presents: 'a' },
  };
  /** What the identity process read at its start, and the issuer that it signs with. */
  identity: { holds: HeldLetters; signs: IssuerKind } = { holds: 'A', signs: 'a' };

  /** Of each workload beside the three; they live and die together. */
  podsPerWorkload = 1;

  /** Proxies that a certificate behind the bridge is refused by. */
  readonly refusesBridge = new Set<string>();
  /** Workloads whose restarts do not come up. */
  readonly comesNotUp = new Set<string>();
  /** Off: identity misses the update of its mounted Secret until it is restarted. */
  identityReloads = true;
  /** Off: proxies keep their leaves until they are restarted. */
  leavesRefresh = true;

  /** What was written into the bundle last; left out: trust-manager makes it from the Secrets. */
  written: HeldLetters | undefined;

  faultsOf(kind: ImportKind): readonly Laggard[] {
    const reason = this.imports[kind];
    return reason === undefined ? [] : [{ what: kind, reason, remedy: 'hand it in' }];
  }

  get bundle(): HeldLetters {
    return this.written ?? this.sources;
  }

  /** What the anchor Secrets hold. */
  get sources(): HeldLetters {
    if (this.trustAnchor === this.previousAnchor) return this.trustAnchor;
    return 'A,B';
  }

  /** cert-manager signs with whatever the signer's Secret holds now. */
  renewIssuer(): void {
    const kinds = { A: 'a', B: 'b' } as const;
    if (this.signer === 'bridge') this.issuer = 'x';
    else if (this.signer === 'trust-anchor') this.issuer = kinds[this.trustAnchor];
    else this.issuer = kinds[this.previousAnchor];
  }

  restart({ name }: Pick<WorkloadRef, 'name'>): void {
    const restarted = Object.entries(this.proxies).find(([other]) => other === name)?.[1];
    if (restarted === undefined) throw new Error(`there is no workload ${name}`);
    if (name === 'linkerd-identity') {
      this.identity = { holds: this.bundle, signs: this.issuer };
    }
    restarted.holds = this.bundle;
    restarted.presents = this.identity.signs;
  }

  /** What a survey shows; what follows by itself has happened by then. */
  survey({ excepted }: Pick<SurveyRequest, 'excepted'>): Survey {
    this.#settle();
    const { web, db, 'linkerd-identity': own, ...more } = this.proxies;
    const all = [
      proxy('web', web.holds, web.presents, this.#asked('web')),
      proxy('db', db.holds, db.presents, this.#asked('db')),
      identityProxy(own.holds, own.presents, this.#asked('linkerd-identity')),
      ...Object.entries(more).flatMap((entry) => this.#podsOf(entry)),
    ];
    const { holds, signs } = this.identity;
    const usesCurrentIssuer = signs === this.issuer ? 'yes' : 'no';
    return survey({
      objects: objects({
        trustAnchor: anchors[this.trustAnchor],
        previousAnchor: anchors[this.previousAnchor],
        signer: signer(this.signer),
        bundle: bundle(this.bundle),
        issuer: issuer(this.issuer),
        ...(this.hasBridge ? { bridge: modelBridge } : {}),
      }),
      proxies: all.filter(
        (one) => !excepted.includes(podName(one)) && !excepted.includes(workloadName(one.workload)),
      ),
      identity: [identity(holds, signs, { usesCurrentIssuer })],
      injectors: [injector(this.bundle)],
    });
  }

  candidates(): AnchorCandidates {
    const isInPods = (letter: Letter): boolean =>
      Object.values(this.proxies).some(({ holds }) => holds.includes(letter));
    const heldBy = (letter: Letter): AnchorCandidate['heldBy'] => {
      if (this.bundle.includes(letter)) return 'bundle';
      return isInPods(letter) ? 'pods' : 'nobody';
    };
    const other = this.trustAnchor === 'A' ? 'B' : 'A';
    const under = { a: ['A'], x: ['A', 'B'], b: ['B'] } as const;
    return {
      trustAnchor: { certificate: anchors[this.trustAnchor], pem: '' },
      others: [
        {
          certificate: anchors[other],
          pem: '',
          heldBy: heldBy(other),
          isRotated: this.previousAnchor === other,
        },
      ],
      issuerVerifiesUnder: under[this.issuer].map((letter) => anchors[letter].fingerprint),
    };
  }

  #podsOf([name, { holds, presents }]: [string, ModelProxy]): readonly ProxyObservation[] {
    return Array.from({ length: this.podsPerWorkload }, (_, index) =>
      proxy(name, holds, presents, { pod: `${name}-${String(index)}`, ...this.#asked(name) }),
    );
  }

  #asked(name: string): { readonly acceptsBridge: 'yes' | 'no' } {
    return { acceptsBridge: this.refusesBridge.has(name) ? 'no' : 'yes' };
  }

  #settle(): void {
    if (this.identityReloads) this.identity.signs = this.issuer;
    if (!this.leavesRefresh) return;
    for (const one of Object.values(this.proxies)) one.presents = this.identity.signs;
  }
}

/** The mesh of the three, with so many workloads more. */
export function meshOf(workloads: number, podsPerWorkload: number): MeshModel {
  const mesh = new MeshModel();
  mesh.podsPerWorkload = podsPerWorkload;
  for (let index = 0; index < workloads; index += 1) {
    mesh.proxies[`app-${String(index)}`] = { holds: 'A', presents: 'a' };
  }
  return mesh;
}

/** The margin by which the hard deadline of a rotation of these anchors falls on this moment. */
export function marginUntil(deadlineMs: number): number {
  return Date.parse(anchors.A.notAfter) - 2 * inventory().leafLifetimeMs - deadlineMs;
}

/** A mesh in which a person has renewed the anchor, and the key of the one before is kept elsewhere. */
export function meshWithoutOldKey(): MeshModel {
  const mesh = new MeshModel();
  mesh.trustAnchor = 'B';
  mesh.oldKeyIsHere = false;
  return mesh;
}

/** A mesh whose signer is pinned and whose bundle holds both anchors, by an earlier rotation. */
export function meshWithBoth(): MeshModel {
  const mesh = new MeshModel();
  mesh.trustAnchor = 'B';
  mesh.signer = 'previous-anchor';
  mesh.isFrozen = true;
  return mesh;
}
