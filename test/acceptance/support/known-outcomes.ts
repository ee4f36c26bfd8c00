import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RotationReport } from '../../../domain/rotation-state.ts';
import type { ClusterSights } from './cluster-sights.ts';
import { clusterKind } from './empty-cluster.ts';

const knownFile = new URL('../known-outcomes.json', import.meta.url);

const knownOutcomes = z.record(z.string(), z.unknown());

const isRecording = process.env['RECORD_OUTCOMES'] === '1';
const realScenarios = /\/test\/acceptance\/real\//;

/**
 * Before a scenario runs: what the simulated cluster comes to is the record, and real ones are held
 * against it. Only what nothing but a real cluster can run is recorded there.
 *
 * @param file of the scenario
 * @throws Error when it would be recorded on the wrong kind of cluster.
 */
export function requireRecordable(file = '', kind = clusterKind, recording = isRecording): void {
  if (!recording || kind === 'simulated' || realScenarios.test(file)) return;
  throw new Error(
    `RECORD_OUTCOMES=1 would record what ${file} comes to on a real cluster, which is to be compared with the record of the simulated one. Next step: record it without TRUST_ROTATION_CLUSTER=real, then run it on the real cluster without RECORD_OUTCOMES.`,
  );
}

/**
 * Compares what a scenario came to with what it is known to come to: the phases of each rotation in
 * it, and the cluster that it left. One record serves every kind of cluster, so that they cannot
 * differ unseen. `RECORD_OUTCOMES=1` writes it, on the simulated cluster.
 */
export async function assertKnownOutcome(
  scenario: string,
  reports: readonly RotationReport[],
  sights: ClusterSights,
): Promise<void> {
  const outcome = { rotations: reports.map(rotationOf), cluster: clusterOf(reports, sights) };
  const known = knownOutcomes.parse(JSON.parse(await readFile(knownFile, 'utf8')));
  if (isRecording) {
    const sorted = Object.entries({ ...known, [scenario]: outcome }).toSorted();
    await writeFile(knownFile, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
    return;
  }
  assert.ok(
    scenario in known,
    `what "${scenario}" comes to is not on record: run it with RECORD_OUTCOMES=1 and look at the change of known-outcomes.json`,
  );
  assert.deepEqual(outcome, known[scenario]);
}

function rotationOf({ outcome, method, phases }: RotationReport): object {
  return {
    outcome,
    ...(method && { method }),
    phases: phases.map(({ phase, state }) => (state === 'done' ? phase : `${phase} (${state})`)),
  };
}

/** Certificates by the order in which they came up; names of objects as they are. */
function clusterOf(reports: readonly RotationReport[], sights: ClusterSights): object {
  const anchors = reports.flatMap(({ anchors: { a, b } = {} }) =>
    [a, b].flatMap((anchor) => (anchor === undefined ? [] : [anchor.certificate])),
  );
  const order = [...new Set(anchors.map(({ fingerprint }) => fingerprint))];
  const nameOf = (fingerprint: string): string => {
    const index = order.indexOf(fingerprint);
    return index === -1 ? 'another' : `anchor ${String(index + 1)}`;
  };
  const signer = anchors.find(({ subjectKeyId }) => subjectKeyId === sights.issuerSignedBy);
  const { signerSecret, anchorSettings, otherObjects, leaseHolder } = sights;
  return {
    trustAnchor: sights.trustAnchor.map(nameOf),
    previousAnchor: sights.previousAnchor.map(nameOf),
    bundle: sights.bundle.map(nameOf).toSorted(),
    issuerSignedBy: signer === undefined ? 'another' : nameOf(signer.fingerprint),
    certificatesBehindIssuer: sights.issuer.length - 1,
    signerSecret,
    anchorSettings,
    otherObjects,
    leaseHolder: leaseHolder ?? null,
  };
}
