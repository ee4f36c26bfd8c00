import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { PODS } from '../../../simulator/cluster/resources.ts';
import { awaitWorkloads } from '../../../simulator/mesh/await-workloads.ts';
import { installLinkerd } from '../../../simulator/mesh/install-linkerd.ts';
import { callCertify } from '../../../simulator/mesh/proxy/identity-protocol.ts';
import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';
import { startMesh } from '../../../simulator/mesh/start-mesh.ts';
import { factsOfPem } from '../../../simulator/mesh/trust/certificate-facts.ts';
import { environmentOf, writeProxyStandIn } from '../../support/proxy-stand-in.ts';
import { waitFor } from '../../support/wait-for.ts';
import { patienceMs } from '../../support/patience.ts';

describe('a proxy program in the place of the simulated proxy', () => {
  let folder: string;
  let proxyBinary: string;
  let cluster: SimulatedCluster;
  let mesh: SimulatedMesh;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxy-program-'));
    proxyBinary = join(folder, 'proxy.cjs');
    await writeProxyStandIn(proxyBinary);
    cluster = await startCluster();
    const kubeConfigYaml = cluster.kubeConfigYaml();
    await installTrustPki(kubeConfigYaml);
    mesh = await startMesh({ kubeConfigYaml, proxyBinary, nodes: 1, kubeletSyncMs: 200 });
    await installLinkerd({ kubeConfigYaml, webhookUrl: mesh.injectorUrl, replicas: 1 });
    await awaitWorkloads(kubeConfigYaml, patienceMs);
  });
  after(async () => {
    await mesh.stop();
    await cluster.stop();
    await rm(folder, { recursive: true });
  });

  function podOf(component: string) {
    const pods = cluster.store.list(PODS, 'linkerd');
    const pod = pods.find(({ metadata }) => metadata.name.startsWith(`linkerd-${component}`));
    assert.ok(pod?.status?.podIP !== undefined);
    return { name: pod.metadata.name, podIp: pod.status.podIP };
  }

  it('gets the environment of its pod', async () => {
    const { podIp, name } = podOf('destination');

    const environment = await environmentOf(podIp);

    assert.equal(environment['_pod_name'], name);
    assert.equal(environment['PATH'], undefined);
    assert.equal(
      environment['LINKERD2_PROXY_IDENTITY_LOCAL_NAME'],
      'linkerd-destination.linkerd.serviceaccount.identity.linkerd.cluster.local',
    );
    assert.match(environment['LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS'] ?? '', /BEGIN CERTIFICATE/);
    assert.equal(
      environment['LINKERD2_PROXY_POLICY_WORKLOAD'],
      `{"ns":"linkerd", "pod":"${name}"}\n`,
    );
  });

  it('listens on the address of its pod alone, and finds its neighbours there', async () => {
    const { podIp } = podOf('destination');

    const environment = await environmentOf(podIp);

    const listeners = Object.entries(environment).filter(([name]) => name.includes('_LISTEN_ADDR'));
    assert.equal(listeners.length, 5);
    assert.ok(listeners.every(([, address]) => address.startsWith(`${podIp}:`)));
    assert.equal(environment['LINKERD2_PROXY_DESTINATION_SVC_ADDR'], `${podIp}:8086`);
  });

  it('obtains leaves from linkerd-identity with what lies in its folders', async () => {
    const environment = await environmentOf(podOf('destination').podIp);
    const [host = '', port] = (environment['LINKERD2_PROXY_IDENTITY_SVC_ADDR'] ?? '').split(':');
    const identity = environment['LINKERD2_PROXY_IDENTITY_LOCAL_NAME'] ?? '';
    const endEntity = environment['LINKERD2_PROXY_IDENTITY_DIR'] ?? '';
    const token = await readFile(environment['LINKERD2_PROXY_IDENTITY_TOKEN_FILE'] ?? '', 'utf8');
    const signingRequest = await readFile(join(endEntity, 'csr.der'));
    const key = await readFile(join(endEntity, 'key.p8'));

    const request = { identity, token, signingRequest };
    const { leaf, intermediates } = await callCertify(connect(Number(port), host), request);

    const { dnsNames, publicKey } = factsOfPem(leaf);
    assert.deepEqual(dnsNames, [identity]);
    assert.equal(intermediates.length, 1);
    const own = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    assert.ok(createPublicKey(leaf).equals(own), publicKey);
    const stolen = { ...request, identity: identity.replace('destination', 'identity') };
    await assert.rejects(
      callCertify(connect(Number(port), host), stolen),
      /identity refused to certify: .+does not name|did not match/,
    );
  });

  it('is restarted when it crashes, and its exit is in the status of its pod', async () => {
    const { podIp, name } = podOf('proxy-injector');
    const folderBefore = dirname(
      (await environmentOf(podIp))['LINKERD2_PROXY_IDENTITY_TOKEN_FILE'] ?? '',
    );

    await fetch(`http://${podIp}:4191/crash`);

    const crashed = await waitFor(
      () => {
        const status = JSON.stringify(cluster.store.get(PODS, { namespace: 'linkerd', name }));
        return /"exitCode":3,"message":"crashed as asked/.test(status) ? status : undefined;
      },
      { what: 'the crash to be in the status' },
    );
    assert.match(crashed, /"lastState":\{"terminated":\{"reason":"Error"/);
    await waitFor(async () => (await fetch(`http://${podIp}:4191/ready`)).ok, {
      what: 'the program to run again',
    });
    await assert.rejects(access(folderBefore), { code: 'ENOENT' });
  });

  it('is told to end with its pod', async () => {
    const { podIp, name } = podOf('proxy-injector');

    cluster.api.remove(PODS, { namespace: 'linkerd', name });

    await waitFor(
      () =>
        access(`${proxyBinary}.${podIp}`).then(
          () => true,
          () => false,
        ),
      { what: 'the program to end' },
    );
  });

  it('is none of the proxies that the simulator looks into', () => {
    assert.deepEqual(mesh.proxies(), []);
  });
});
