import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import type { RotationAnchors } from '../../../domain/anchors.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { LastSurvey } from '../../../mesh/observation/await-news.ts';
import { awaitNews } from '../../../mesh/observation/await-news.ts';
import type { Clock } from '../../../mesh/observation/clock.ts';
import type { EvidenceStore } from '../../../mesh/observation/evidence.ts';
import { createEvidenceStore } from '../../../mesh/observation/evidence.ts';
import type { ProxyContainer } from '../../../mesh/observation/proxies.ts';
import { decodeCertificate, fingerprintOf } from '../../../mesh/x509.ts';
import type { FakeProxy } from './fake-proxy.ts';
import { clientPair, fakeIdentity, startFakeProxy } from './fake-proxy.ts';
import { surveyRequest } from './observed-mesh.ts';
import type { TestPki } from './test-pki.ts';
import { anchorOf, makeTestPki } from './test-pki.ts';

const name = 'pod shop/web-1';
const farAwayMs = 60_000;
/** Of the last survey: a rest of more than a second follows it. */
const tookMs = 40;

describe('waiting for news of what stood in the way', () => {
  let pki: TestPki;
  let anchors: Required<RotationAnchors>;
  let proxy: FakeProxy;
  let evidence: EvidenceStore;
  /** Pods that the API server would list, and how often it was asked. */
  let podsListed: unknown[];
  let requests: number;
  /** Passes in sleep only, so that a busy machine ends no rest. */
  let nowMs: number;
  let slept: number[];

  before(async () => {
    pki = await makeTestPki();
    anchors = { a: await anchorOf(pki.A), b: await anchorOf(pki.B) };
    proxy = await startFakeProxy({ context: undefined, anchors: [], answer: 'live', ready: true });
  });
  beforeEach(async () => {
    Object.assign(proxy.behaviour, { anchors: [pki.A], answer: 'live', ready: true });
    evidence = createEvidenceStore();
    await present();
    podsListed = [pod('process-1')];
    requests = 0;
    nowMs = Date.now();
    slept = [];
  });
  after(() => proxy.stop());

  it('ends when the proxy that lags presents another leaf, without a request to the API', async () => {
    await wait([name], { tookMs, onSleep: () => present({ known: false }) });
    assert.equal(slept.length, 1);
    assert.equal(requests, 0);
  });

  it('ends when it answers no more, and then when its pod is gone or runs another process', async () => {
    await wait([name], {
      tookMs,
      onSleep: async () => {
        proxy.behaviour.context = undefined;
      },
    });
    delete evidence.of('uid/process-1').presents;
    for (const next of [[], [pod('process-2')]]) {
      podsListed = [pod('process-1')];
      await wait([name], {
        tookMs,
        onSleep: async () => {
          podsListed = next;
        },
      });
    }
    assert.equal(slept.length, 3);
    assert.ok(requests >= 3);
  });

  it('ends when one that did not answer does', async () => {
    delete evidence.of('uid/process-1').presents;
    await wait([name]);
    assert.deepEqual(slept, []);
  });

  it('ends when the leaf that it presents ends', async () => {
    const { presents } = evidence.of('uid/process-1');
    assert.ok(presents !== undefined);
    evidence.of('uid/process-1').presents = { ...presents, notAfterMs: nowMs - 1 };
    await wait([name]);
    assert.deepEqual(slept, []);
  });

  it('looks at everything again after a rest in which nothing has changed', async () => {
    const startedMs = nowMs;
    await wait([name], { tookMs: 10 });
    assert.equal(nowMs - startedMs, 320);
    assert.ok(slept.length > 1);
  });

  it('takes no longer than it may', async () => {
    await wait([name], { tookMs: 10_000, atMostMs: 120 });
    assert.equal(
      slept.reduce((sum, ms) => sum + ms, 0),
      120,
    );
  });

  it('waits for the next poll where something lags that only a survey sees', async () => {
    await wait([name, 'trust bundle']);
    await wait([]);
    assert.deepEqual(slept, [50, 50]);
    await wait(['trust bundle'], { tookMs: 25 });
    assert.equal(slept.at(-1), 100);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const waiting = wait([name], {
      signal: controller.signal,
      onSleep: async () => controller.abort(reason),
    });
    await assert.rejects(waiting, (error) => error === reason);
  });

  /** The proxy presents a new leaf; `known`: and the last survey has seen it. */
  async function present({ known = true } = {}): Promise<void> {
    const { keyPem: key, chainPem: cert } = await clientPair(pki.a);
    proxy.behaviour.context = createSecureContext({ key, cert, ca: [], minVersion: 'TLSv1.3' });
    if (!known) return;
    evidence.of('uid/process-1').presents = {
      leaf: fingerprintOf(decodeCertificate(cert)),
      presented: { leaf: 'valid', a: 'yes', b: 'no' },
      notAfterMs: Date.now() + farAwayMs,
      judgedUnder: '',
      signers: { inSecret: '', inUse: [] },
    };
  }

  function wait(
    about: readonly string[],
    options: {
      readonly tookMs?: number;
      readonly atMostMs?: number;
      readonly signal?: AbortSignal;
      readonly onSleep?: () => Promise<void>;
    } = {},
  ): Promise<void> {
    const { tookMs = 0, atMostMs = farAwayMs, signal, onSleep } = options;
    const clock: Clock = {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        slept.push(ms);
        nowMs += ms;
        await onSleep?.();
        signal?.throwIfAborted();
      },
    };
    const request = surveyRequest(anchors);
    return awaitNews(
      { kube: kube(), clock, evidence, dial: undefined, last: lastSurvey(tookMs) },
      { ...request, timings: { ...request.timings, pollMs: 50 } },
      about,
      { atMostMs, signal },
    );
  }

  function kube(): Kube {
    // Sound: nothing but a list of pods is asked of it.
    return {
      list: async (_type: unknown, schema: { parse(value: unknown): unknown }) => {
        requests += 1;
        return podsListed.map((one) => schema.parse(one));
      },
    } as unknown as Kube;
  }

  function lastSurvey(tookMs: number): LastSurvey {
    const container: ProxyContainer = {
      namespace: 'shop',
      pod: 'web-1',
      workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      role: 'data-plane',
      lifecycle: 'running',
      process: 'uid/process-1',
      ip: proxy.endpoint.ip,
      adminPort: proxy.endpoint.port,
      identity: fakeIdentity,
    };
    return { proxies: [container], tookMs };
  }
});

function pod(containerID: string): unknown {
  return {
    metadata: { name: 'web-1', namespace: 'shop', uid: 'uid' },
    spec: { containers: [{ name: 'linkerd-proxy' }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'linkerd-proxy',
          containerID,
          state: { running: { startedAt: '2026-06-01T00:00:00Z' } },
        },
      ],
    },
  };
}
