import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import { readConfiguration } from '../../worker/configuration.ts';

describe('readConfiguration', () => {
  it('needs nothing: every setting has a default', () => {
    assert.deepEqual(readConfiguration({}), {
      listen: { port: 9464 },
      logLevel: 'info',
      reachProxiesBy: 'pod-ip',
      isOperator: false,
      clusterName: 'this cluster',
      objects: documentedObjects,
    });
  });

  it('takes everything from the environment', () => {
    const configuration = readConfiguration({
      TRUST_ROTATION_KUBE_CONTEXT: 'west',
      TRUST_ROTATION_LISTEN: '127.0.0.1:0',
      TRUST_ROTATION_WORKFLOW_BUNDLE: '/app/bundle.js',
      TRUST_ROTATION_LOG_LEVEL: 'debug',
      TRUST_ROTATION_REACH_PROXIES_BY: 'port-forward',
      TRUST_ROTATION_OPERATOR: 'on',
      TRUST_ROTATION_CLUSTER_NAME: 'west',
      TEMPORAL_UI_URL: 'https://temporal.example.com',
      TRUST_ROTATION_OBJECTS: '{"trustNamespace":"pki","lease":"lock"}',
    });

    assert.deepEqual(configuration, {
      kubeContext: 'west',
      workflowBundlePath: '/app/bundle.js',
      listen: { host: '127.0.0.1', port: 0 },
      logLevel: 'debug',
      reachProxiesBy: 'port-forward',
      isOperator: true,
      clusterName: 'west',
      webUi: 'https://temporal.example.com',
      objects: { ...documentedObjects, trustNamespace: 'pki', lease: 'lock' },
    });
  });

  it('listens on one address of either kind, or on every one', () => {
    const listen = (TRUST_ROTATION_LISTEN: string) =>
      readConfiguration({ TRUST_ROTATION_LISTEN }).listen;

    assert.deepEqual(listen('[::1]:9464'), { host: '::1', port: 9464 });
    assert.deepEqual(listen('localhost:9464'), { host: 'localhost', port: 9464 });
    assert.deepEqual(listen(':9464'), { port: 9464 });
  });

  it('takes a variable that is empty for one that is not set', () => {
    const empty = {
      KUBECONFIG: '',
      TRUST_ROTATION_KUBE_CONTEXT: '',
      TRUST_ROTATION_LISTEN: '',
      TRUST_ROTATION_WORKFLOW_BUNDLE: '',
      TRUST_ROTATION_LOG_LEVEL: '',
      TRUST_ROTATION_REACH_PROXIES_BY: '',
      TRUST_ROTATION_OPERATOR: '',
      TRUST_ROTATION_CLUSTER_NAME: '',
      TEMPORAL_UI_URL: '',
      TRUST_ROTATION_OBJECTS: '',
    };

    assert.deepEqual(readConfiguration(empty), readConfiguration({}));
  });

  for (const [variable, value, problem] of [
    ['TRUST_ROTATION_LISTEN', '9464', /must be host:port/],
    ['TRUST_ROTATION_LISTEN', '::1:9464', /must be host:port, \[host\]:port/],
    ['TRUST_ROTATION_LOG_LEVEL', 'loud', /"debug"\|"info"/],
    ['TRUST_ROTATION_REACH_PROXIES_BY', 'luck', /"pod-ip"\|"port-forward"/],
    ['TRUST_ROTATION_OPERATOR', 'maybe', /"on"\|"off"/],
    ['TRUST_ROTATION_OBJECTS', '{"trustAncor":"x"}', /JSON object of names/],
    ['TRUST_ROTATION_OBJECTS', 'linkerd', /JSON object of names/],
  ] as const) {
    it(`names ${variable} when it is not usable, and says what to do`, () => {
      assert.throws(
        () => readConfiguration({ [variable]: value }),
        (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.ok(error.message.startsWith(`Environment variable ${variable} `));
          assert.match(error.message, problem);
          assert.match(error.message, /Next step: correct it, or leave it out/);
          return true;
        },
      );
    });
  }
});
