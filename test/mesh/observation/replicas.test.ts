import assert from 'node:assert/strict';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import type { RotationAnchors } from '../../../domain/anchors.ts';
import type { BundleEpoch, IssuerEpoch } from '../../../domain/history.ts';
import type { SurveyRequest } from '../../../domain/observation.ts';
import type { IdentityReplica, InjectorReplica, TrustObjects } from '../../../domain/survey.ts';
import { describeHeld } from '../../../domain/trust.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { observeIdentity } from '../../../mesh/observation/identity.ts';
import { observeInjector } from '../../../mesh/observation/injector.ts';
import type { Dial, PodEndpoint } from '../../../mesh/observation/pod-endpoint.ts';
import type { Replica } from '../../../mesh/observation/replicas.ts';
import type { PodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { claimPodAddresses } from '../../../simulator/mesh/node/pod-addresses.ts';
import { trackConnections } from '../../../simulator/track-connections.ts';
import { surveyRequest } from './observed-mesh.ts';
import type { TestPki } from './test-pki.ts';
import { anchorOf, makeTestPki } from './test-pki.ts';
import { patienceMs } from '../../support/patience.ts';

const hourMs = 3_600_000;

describe('replicas of the control plane', () => {
  let pki: TestPki;
  let anchors: Required<RotationAnchors>;
  let addresses: PodAddresses;
  const servers: { readonly server: Server; readonly cutConnections: () => void }[] = [];

  before(async () => {
    pki = await makeTestPki();
    anchors = { a: await anchorOf(pki.A), b: await anchorOf(pki.B) };
    addresses = await claimPodAddresses();
  });
  afterEach(async () => {
    for (const { server, cutConnections } of servers.splice(0)) {
      cutConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  after(() => addresses.close());
  beforeEach(() => {
    nowMs = Date.now();
  });

  describe('an identity replica', () => {
    it('holds what the bundle held when its container started, if that had settled', async () => {
      const bundleHistory = [epoch('A', 3 * hourMs), epoch('A,B', hourMs)];
      const holds = async (startedAgoMs: number): Promise<string> =>
        describeHeld((await identity({ startedAgoMs, bundleHistory })).holds);
      assert.equal(await holds(2 * hourMs), 'A');
      assert.equal(await holds(hourMs / 2), 'A,B');
      assert.equal(await holds(hourMs - 100), 'unknown');
      assert.equal(await holds(4 * hourMs), 'unknown');
    });

    it('holds what both bundles contain if it started while the bundle was changing', async () => {
      const bundleHistory = [epoch('A', 3 * hourMs), epoch('A,B', hourMs)];

      const { holds } = await identity({ startedAgoMs: hourMs - 100, bundleHistory });

      assert.deepEqual(holds, { a: 'yes', b: 'unknown' });
    });

    it('signs with the issuer whose end its metric tells', async () => {
      const current = issuer(10 * hourMs, { a: 'yes', b: 'yes' });
      const former = remembered(5 * hourMs, { a: 'yes', b: 'no' });
      const asks = (ttlMs: number): Promise<IdentityReplica> =>
        identity({ ttlMs, issuer: current, issuerHistory: [former] });

      const up = await asks(10 * hourMs);
      assert.deepEqual([up.signs, up.usesCurrentIssuer], [{ a: 'yes', b: 'yes' }, 'yes']);
      const behind = await asks(5 * hourMs);
      assert.deepEqual([behind.signs, behind.usesCurrentIssuer], [{ a: 'yes', b: 'no' }, 'no']);
      const strange = await asks(2 * hourMs);
      assert.deepEqual([strange.signs.a, strange.usesCurrentIssuer], ['unknown', 'no']);
      assert.match(strange.note ?? '', /never in the Secret/);
    });

    it('is not told apart when two issuers end together', async () => {
      const current = issuer(10 * hourMs, { a: 'no', b: 'yes' });
      const twin = remembered(10 * hourMs + 1_000, { a: 'yes', b: 'no' });
      const asked = await identity({ ttlMs: 10 * hourMs, issuer: current, issuerHistory: [twin] });
      assert.deepEqual([asked.signs.a, asked.usesCurrentIssuer], ['unknown', 'unknown']);

      const same = remembered(10 * hourMs + 1_000, { a: 'no', b: 'yes' });
      const agreed = await identity({ ttlMs: 10 * hourMs, issuer: current, issuerHistory: [same] });
      assert.deepEqual(
        [agreed.signs, agreed.usesCurrentIssuer],
        [{ a: 'no', b: 'yes' }, 'unknown'],
      );

      const twins = [
        remembered(hourMs, { a: 'yes', b: 'no' }),
        remembered(hourMs + 500, { a: 'no', b: 'yes' }),
      ];
      const old = await identity({ ttlMs: hourMs, issuer: current, issuerHistory: twins });
      assert.equal(old.signs.a, 'unknown');
    });

    it('is judged by its own clock where it tells it', async () => {
      const current = issuer(10 * hourMs, { a: 'yes', b: 'no' });
      const asked = await identity({
        ttlMs: 10 * hourMs + 30_000,
        dateOffsetMs: -30_000,
        issuer: current,
      });
      assert.equal(asked.usesCurrentIssuer, 'yes');
    });

    it('is unknown when it does not run, has no address or answers nothing useful', async () => {
      const notes = [
        await identity({ replica: { startedAt: undefined } }),
        await identity({ replica: { endpoint: undefined } }),
        await identity({ body: 'nothing here' }),
        await identity({ replica: { endpoint: endpointAt(addresses.take(), 9990) } }),
      ].map(({ note, usesCurrentIssuer }) => [usesCurrentIssuer, note]);
      const expected = [/does not run/, /no address/, /without issuer_cert_ttl/, /ECONNREFUSED/];
      expected.forEach((pattern, index) => {
        const [used, note] = notes[index] ?? [];
        assert.equal(used, 'unknown');
        assert.match(note ?? '', pattern);
      });
    });
  });

  describe('an injector replica', () => {
    it('is asked with a review of its own, and believed', async () => {
      const both = `${pki.A.pem}\n${pki.B.pem}`;
      const sidecar = await injector({ operations: [proxyAdded('/spec/initContainers/-', both)] });
      assert.equal(describeHeld(sidecar.handsOut), 'A,B');
      const list = { op: 'add', path: '/spec/initContainers', value: [proxyValue(pki.B.pem)] };
      assert.equal(describeHeld((await injector({ operations: [list] })).handsOut), 'B');
    });

    it('is reached through a port-forward, too', async () => {
      const dial: Dial = ({ port }) =>
        new Promise((resolve) => {
          const socket = connect({ host: lastAddress, port }, () => {
            resolve(socket);
          });
        });
      const operations = [proxyAdded('/spec/containers/0', pki.A.pem)];
      const asked = await injector({ operations, dial, unreachableIp: true });
      assert.equal(describeHeld(asked.handsOut), 'A');
    });

    it('counts if it was created after the bundle had settled, when it cannot be asked', async () => {
      const bundleHistory = [epoch('A,B', hourMs)];
      const replica = { endpoint: undefined };
      const young = await injector({ replica, bundleHistory, createdAgoMs: hourMs / 2 });
      assert.equal(describeHeld(young.handsOut), 'A,B');
      assert.match(young.note ?? '', /after the bundle had settled/);
      const old = await injector({ replica, bundleHistory, createdAgoMs: 2 * hourMs });
      assert.equal(describeHeld(old.handsOut), 'unknown');
      assert.match(old.note ?? '', /no address/);
    });

    it('is unknown when its answer holds no proxy', async () => {
      assert.match((await injector({ operations: [] })).note ?? '', /contains no proxy/);
      assert.match((await injector({ status: 500 })).note ?? '', /it answered 500/);
    });
  });

  let lastAddress = '';

  async function identity(given: {
    readonly startedAgoMs?: number;
    readonly ttlMs?: number;
    readonly dateOffsetMs?: number;
    readonly body?: string;
    readonly issuer?: TrustObjects['issuer'];
    readonly bundleHistory?: readonly BundleEpoch[];
    readonly issuerHistory?: readonly IssuerEpoch[];
    readonly replica?: {
      readonly startedAt?: undefined;
      readonly endpoint?: PodEndpoint | undefined;
    };
  }): Promise<IdentityReplica> {
    const { startedAgoMs = hourMs, ttlMs = 0, dateOffsetMs } = given;
    const endpoint = await serve(9990, (_, response) => {
      if (dateOffsetMs !== undefined) {
        response.setHeader('date', new Date(nowMs + dateOffsetMs).toUTCString());
      } else {
        response.sendDate = false;
      }
      response.end(given.body ?? `# HELP x\nissuer_cert_ttl_seconds ${String(ttlMs / 1_000)}\n`);
    });
    const replica = { ...replicaOf('linkerd-identity', endpoint), startedAt: ago(startedAgoMs) };
    return observeIdentity(without({ ...replica, ...given.replica }), {
      request: surveyRequest(anchors, {
        bundleHistory: given.bundleHistory ?? [],
        issuerHistory: given.issuerHistory ?? [],
      }),
      issuer: given.issuer ?? issuer(hourMs, { a: 'yes', b: 'no' }),
      clock: { ...systemClock, nowMs: () => nowMs },
      reach: { timeoutMs: patienceMs },
    });
  }

  async function injector(given: {
    readonly operations?: readonly object[];
    readonly status?: number;
    readonly bundleHistory?: readonly BundleEpoch[];
    readonly createdAgoMs?: number;
    readonly dial?: Dial;
    readonly unreachableIp?: boolean;
    readonly replica?: { readonly endpoint?: undefined };
  }): Promise<InjectorReplica> {
    const { operations = [], status = 200, createdAgoMs = hourMs } = given;
    const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
    const endpoint = await serve(8443, (_, response) => {
      response.writeHead(status).end(JSON.stringify({ response: { allowed: true, patch } }));
    });
    lastAddress = endpoint.ip;
    const request: SurveyRequest = surveyRequest(anchors, {
      bundleHistory: given.bundleHistory ?? [],
    });
    const at = given.unreachableIp === true ? { ...endpoint, ip: addresses.take() } : endpoint;
    const replica = { ...replicaOf('linkerd-proxy-injector', at), createdAt: ago(createdAgoMs) };
    return observeInjector(without({ ...replica, ...given.replica }), {
      request,
      reach: { timeoutMs: patienceMs, dial: given.dial },
    });
  }

  /** Identity's metrics are plain; the injector's webhook is HTTPS with a certificate nobody knows. */
  async function serve(port: number, listener: RequestListener): Promise<PodEndpoint> {
    const ip = addresses.take();
    const { pem: cert, keyPem: key } = pki.a;
    const server =
      port === 8443 ? createSecureServer({ cert, key }, listener) : createServer(listener);
    servers.push({ server, cutConnections: trackConnections(server) });
    await new Promise<void>((resolve) => server.listen(port, ip, resolve));
    return endpointAt(ip, port);
  }

  function epoch(held: 'A' | 'A,B', agoMs: number): BundleEpoch {
    const letters = held === 'A' ? [anchors.a] : [anchors.a, anchors.b];
    const fingerprints = letters.map(({ certificate }) => certificate.fingerprint).toSorted();
    return { fingerprints, since: ago(agoMs) };
  }

  function issuer(endsInMs: number, under: IssuerEpoch['under']): TrustObjects['issuer'] {
    const notAfter = new Date(nowMs + endsInMs).toISOString();
    const certificate = { ...anchors.a.certificate, fingerprint: 'current', notAfter };
    return { certificate, chainLength: 1, under };
  }
});

function endpointAt(ip: string, port: number): PodEndpoint {
  return { namespace: 'linkerd', pod: 'replica-1', ip, port };
}

function replicaOf(name: string, endpoint: PodEndpoint): Replica {
  const workload = { kind: 'Deployment', namespace: 'linkerd', name };
  return { pod: `${name}-1`, workload, endpoint, args: [] };
}

/** The fields that have a value. */
function without(replica: { [Key in keyof Replica]: Replica[Key] | undefined }): Replica {
  const kept = Object.entries(replica).filter(([, value]) => value !== undefined);
  // Sound: only optional fields are ever given as undefined.
  return Object.fromEntries(kept) as unknown as Replica;
}

function remembered(endsInMs: number, under: IssuerEpoch['under']): IssuerEpoch {
  const notAfter = new Date(nowMs + endsInMs).toISOString();
  return { fingerprint: `former ${String(endsInMs)}`, notAfter, under };
}

/** Of each test's beginning: what is to lie between two times must not grow with its requests. */
let nowMs = 0;

function ago(ms: number): string {
  return new Date(nowMs - ms).toISOString();
}

function proxyAdded(path: string, pem: string): object {
  return { op: 'add', path, value: proxyValue(pem) };
}

function proxyValue(pem: string): object {
  const env = [
    { name: 'LINKERD2_PROXY_LOG', value: 'info' },
    { name: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS', value: `${pem}\n` },
  ];
  return { name: 'linkerd-proxy', env };
}
