import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renewalAnswer } from '../../client/answers/renewal-answer.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { acquireLease, readLease, releaseLease } from '../../mesh/lease.ts';
import { readTlsSecret, secretRef } from '../../mesh/tls-secret.ts';
import type { Run } from '../client/run-client.ts';
import { runClient } from '../client/run-client.ts';
import { useBench } from './support/bench.ts';
import { assertNoFailedHandshake, markTraffic } from './support/handshakes.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { bothRequired, shortTimings } from './support/requests.ts';
import { refreshedLeafMs } from './support/environment.ts';

const { linkerdNamespace, identityIssuer } = documentedObjects;
/** Unlike a rotation it does not wait on: it ends with what it has seen by then. */
const patientTimings = { ...shortTimings, rolloutTimeoutMs: 60_000, gatePatienceMs: 30_000 };

describe('the renewal of the identity issuer alone', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function renew(...more: readonly string[]): Promise<Run> {
    const file = path.join(folder, 'config');
    await writeFile(file, bench().environment.kubeConfigYaml);
    const timings = Object.entries(patientTimings).flatMap(([key, ms]) => [
      '--timing',
      `${key}=${String(ms)}ms`,
    ]);
    const where = ['--kubeconfig', file, '--temporal-address', bench().temporalAddress];
    return runClient(['renew-issuer', ...where, ...timings, ...more]);
  }

  async function issuerInSecret(): Promise<string | undefined> {
    const ref = secretRef(linkerdNamespace, identityIssuer);
    return (await readTlsSecret(bench().kube, ref))?.certificate.fingerprint;
  }

  it('is adopted by every identity replica, and no handshake fails', async () => {
    const { traffic } = bench().mesh;
    const mark = markTraffic(traffic);
    const before = await issuerInSecret();
    const run = await renew('--output', 'json');

    assert.equal(run.code, ExitCode.ok, run.stderr);
    const answer = renewalAnswer.parse(JSON.parse(run.stdout));
    assert.equal(answer.outcome, 'renewed');
    assert.equal(answer.adopted, 2);
    assert.equal(answer.before?.fingerprint, before);
    assert.equal(answer.after?.fingerprint, await issuerInSecret());
    assert.notEqual(answer.after?.fingerprint, before);
    assert.equal(await readLease(bench().kube, documentedObjects), undefined);
    assertNoFailedHandshake(traffic, mark, 50);
  });

  it('restarts linkerd-identity for a replica that missed it, and no handshake fails', async () => {
    const { mesh } = bench();
    const mark = markTraffic(mesh.traffic);
    const identity = mesh.proxies().find(({ pod }) => pod.startsWith('linkerd/linkerd-identity'));
    assert.ok(identity);
    mesh.missNextReload(identity.pod);
    const run = await renew('--timing', 'issuerReloadTimeoutMs=5s');

    assert.equal(run.code, ExitCode.ok, run.stderr);
    assert.match(run.stdout, /restarted +Deployment linkerd\/linkerd-identity/);
    assertNoFailedHandshake(mesh.traffic, mark, 50);
  });

  it('is refused by the Lease, whoever holds it', async () => {
    const { kube } = bench();
    const holder = 'an engine elsewhere';
    await acquireLease(kube, documentedObjects, { holder, durationMs: 60_000 });
    const before = await issuerInSecret();
    const run = await renew();
    await releaseLease(kube, documentedObjects, holder);

    assert.equal(run.code, ExitCode.refused);
    assert.match(run.stdout, /Nothing was changed\.\nAnother engine \(an engine elsewhere\) holds/);
    assert.equal(await issuerInSecret(), before);
  });

  it('is refused while a rotation runs', async () => {
    const rotation = await bench().rotate({ approvals: bothRequired });
    await rotation.untilAsked('switch-issuer');
    const before = await issuerInSecret();
    const run = await renew();

    assert.equal(run.code, ExitCode.refused);
    assert.match(
      run.stderr,
      /^Could not renew the identity issuer of \S+: a rotation is running already \(/,
    );
    assert.equal(await issuerInSecret(), before);
  });
});
