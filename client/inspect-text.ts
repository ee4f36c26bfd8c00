import type { CertificateFacts } from '../domain/certificate.ts';
import { shortKeyId } from '../domain/certificate.ts';
import type { Laggard } from '../domain/convergence.ts';
import type { Share } from '../domain/fleet-inspection.ts';
import type { ChainLink, Inspection } from '../domain/inspection.ts';
import { formatDue, formatTime, progressBar, table, wrap } from './format.ts';
import type { RotationSight } from './rotation-sight.ts';

export interface InspectTextOptions {
  readonly clusterName: string;
  readonly rotation: RotationSight;
  /** Whose the names of the objects are. */
  readonly origin?: string | undefined;
  readonly columns: number;
  readonly nowMs: number;
  /** How many proxies are named; the rest is counted. */
  readonly shown: number;
}

const barWidth = 12;

/** A cluster's trust as a person reads it: position, chain, convergence, and who is behind. */
export function renderInspection(inspection: Inspection, options: InspectTextOptions): string[] {
  const { columns, clusterName } = options;
  return [
    `Trust of ${clusterName} at ${formatTime(inspection.takenAt)}`,
    '',
    ...table(headRows(inspection, options), columns),
    '',
    'Chain of trust',
    ...inspection.chain.flatMap((link) => linkLines(link, inspection, options)),
    ...bundleLines(inspection, options),
    '',
    'Convergence',
    ...convergenceLines(inspection, options),
    ...laggardLines(inspection, options),
  ];
}

function headRows(
  { position, signer }: Inspection,
  { rotation, origin }: InspectTextOptions,
): [string, string][] {
  const where =
    position.kind === 'in-phase'
      ? `${position.phase}: ${position.because}`
      : `off the map: ${position.because}; ${position.remedy}`;
  return [
    ['rotation', rotationText(rotation)],
    ['position', where],
    ['signer', `${signer.source} (Secret ${signer.secretName})`],
    ...(origin === undefined ? [] : ([['settings', origin]] satisfies [string, string][])),
  ];
}

function rotationText(rotation: RotationSight): string {
  const isTold = rotation.kind !== 'unknown' && rotation.toldBy !== undefined;
  return `${factText(rotation)}${isTold ? ', says TrustAnchorRotation cluster' : ''}`;
}

function factText(rotation: RotationSight): string {
  switch (rotation.kind) {
    case 'unknown':
      return `not known: ${rotation.why}`;
    case 'none':
      return 'none has run';
    case 'over':
      return `none is running; the last ended ${formatTime(rotation.endedAt)}: ${rotation.outcome}`;
    case 'running': {
      const { rotationId, condition, phase, waitsFor } = rotation;
      const parts = [`${rotationId} ${condition}`, phase === undefined ? '' : `in ${phase}`];
      const waits = waitsFor === undefined ? '' : `, waits for ${waitsFor}`;
      return `${parts.filter((part) => part !== '').join(' ')}${waits}`;
    }
  }
}

function linkLines(
  { object, letter, certificate, verifiesUnder }: ChainLink,
  inspection: Inspection,
  options: InspectTextOptions,
): string[] {
  const signers = verifiesUnder?.map((one) => anchorName(one, inspection));
  const role = [
    letter === undefined ? '' : `anchor ${letter}`,
    signers === undefined
      ? ''
      : signers.length === 0
        ? 'signed by no anchor in sight'
        : `signed by ${signers.join(' and ')}`,
  ].filter((part) => part !== '');
  return [
    ...wrap(`  ${[object, ...role].join(', ')}`, options.columns, 4),
    ...certificateLines(certificate, options),
  ];
}

/** The names and key ids that the guide's own check shows, and the dates that it leaves out. */
function certificateLines(
  certificate: CertificateFacts,
  { columns, nowMs }: InspectTextOptions,
): string[] {
  const { authorityKeyId, issuer, subject, notBefore, notAfter, keyAlgorithm } = certificate;
  const signedBy = authorityKeyId?.slice(0, 16) ?? '................';
  return [
    ...aligned(`    Issuer:  ${signedBy}... ${issuer}`, columns),
    ...aligned(`    Subject: ${shortKeyId(certificate)}... ${subject}`, columns),
    ...wrap(
      `    ${keyAlgorithm}, from ${formatTime(notBefore)} to ${formatDue(notAfter, nowMs)}`,
      columns,
      6,
    ),
  ];
}

/** Keeps the columns of what fits; a long name is wrapped. */
function aligned(line: string, columns: number): string[] {
  return line.length <= columns ? [line] : wrap(line, columns, 6);
}

/** An anchor is named by its letter where it has one. */
function anchorName(fingerprint: string, { chain, bundle }: Inspection): string {
  const link = chain.find(({ certificate }) => certificate.fingerprint === fingerprint);
  if (link?.letter !== undefined) return `anchor ${link.letter}`;
  const known = bundle.certificates.find((one) => one.fingerprint === fingerprint);
  return known === undefined ? fingerprint.slice(0, 8) : `${shortKeyId(known)}...`;
}

function bundleLines(inspection: Inspection, { columns }: InspectTextOptions): string[] {
  const { bundle } = inspection;
  const held = bundle.certificates.map(
    (one) =>
      `    ${shortKeyId(one)}... ${one.subject} (${anchorName(one.fingerprint, inspection)})`,
  );
  const elsewhere = bundle.divergentTargets;
  return [
    `  Trust bundle, last written ${formatTime(bundle.since)}`,
    ...held.flatMap((line) => wrap(line, columns, 6)),
    ...(bundle.hazard === undefined ? [] : wrap(`    ✗ ${bundle.hazard}`, columns, 6)),
    ...(elsewhere.length === 0
      ? []
      : wrap(`    ✗ differs or is missing in: ${elsewhere.join(', ')}`, columns, 6)),
  ];
}

function convergenceLines({ convergence }: Inspection, { columns }: InspectTextOptions): string[] {
  const rows: readonly (readonly [Share, string])[] = [
    [convergence.bundle, 'proxies hold the bundle as it is'],
    [convergence.leaves, 'proxies present a leaf of the kind that the issuer makes'],
    [convergence.identity, 'identity replicas sign with the issuer in the Secret'],
    [convergence.injectors, 'injectors hand out the bundle as it is'],
  ];
  return rows.flatMap(([{ converged, total }, what]) => {
    const bar = progressBar(converged, total, barWidth);
    return wrap(`  ${bar} ${String(converged)} of ${String(total)} ${what}`, columns, barWidth + 3);
  });
}

function laggardLines(
  { replicas, proxies, absent }: Inspection,
  { columns, shown }: InspectTextOptions,
): string[] {
  const all: readonly (Laggard & { readonly severity?: 'error' | 'warning' })[] = [
    ...replicas,
    ...proxies,
  ];
  if (all.length === 0) {
    return ['', absent === undefined ? 'Nothing is behind.' : `Nothing to judge: ${absent}.`];
  }
  const more = all.length - shown;
  return [
    '',
    `Behind: ${String(all.length)}`,
    ...all
      .slice(0, shown)
      .flatMap(({ what, reason, remedy, severity }) => [
        ...wrap(`  ${severity === 'warning' ? '!' : '✗'} ${what}: ${reason}`, columns, 4),
        ...wrap(`    → ${remedy}`, columns, 6),
      ]),
    ...(more > 0 ? [`  … and ${String(more)} more; --output json names all`] : []),
  ];
}
