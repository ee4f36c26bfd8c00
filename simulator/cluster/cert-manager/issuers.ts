import type { Issuer } from '../cert-manager-objects.ts';
import { findCondition, withCondition } from '../controllers/conditions.ts';
import { startController, ownKey } from '../controllers/controller.ts';
import type { Controller, Source } from '../controllers/controller.ts';
import type { Secret } from '../objects.ts';
import { SECRETS } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { parseCertificates } from './chain.ts';
import { CLUSTER_RESOURCE_NAMESPACE, secretText } from './context.ts';
import type { CertManagerContext } from './context.ts';
import { parsePrivateKey, publicKeyOf } from './keys.ts';
import * as x509 from '@peculiar/x509';

interface KeyPair {
  /** The certificates of `tls.crt`, then those of `ca.crt`. */
  certificates: x509.X509Certificate[];
  key: NonNullable<ReturnType<typeof parsePrivateKey>>;
}

/** Reads a CA Secret as a key pair. Throws with the reason when it is none. */
export function readKeyPair(secret: Secret): KeyPair {
  const chain = secretText(secret, 'tls.crt');
  const pem = secretText(secret, 'tls.key');
  if (chain === undefined) throw new Error('no data for "tls.crt" in secret');
  if (pem === undefined) throw new Error('no data for "tls.key" in secret');
  const certificates = parseCertificates(chain);
  const [first] = certificates;
  const key = parsePrivateKey(pem);
  if (first === undefined || key === undefined) throw new Error('error decoding the key pair');
  if (Buffer.from(first.publicKey.rawData).toString('base64') !== publicKeyOf(key))
    throw new Error('the private key does not belong to the certificate');
  const roots = parseCertificates(secretText(secret, 'ca.crt') ?? '');
  return { certificates: [...certificates, ...roots], key };
}

interface Verdict {
  status: 'True' | 'False';
  reason: string;
  message: string;
}

function judge(secret: Secret | undefined, secretName: string): Verdict {
  const prefix = 'Error getting keypair for CA issuer: ';
  if (secret === undefined) {
    const message = `${prefix}secret "${secretName}" not found`;
    return { status: 'False', reason: 'ErrGetKeyPair', message };
  }
  try {
    const [ca] = readKeyPair(secret).certificates;
    const isCA = ca?.getExtension(x509.BasicConstraintsExtension)?.ca ?? false;
    return isCA
      ? { status: 'True', reason: 'KeyPairVerified', message: 'Signing CA verified' }
      : {
          status: 'False',
          reason: 'ErrInvalidKeyPair',
          message: `${prefix}certificate is not a CA`,
        };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: 'False', reason: 'ErrGetKeyPair', message: prefix + why };
  }
}

function secretNamespaceOf(issuer: Issuer): string {
  return issuer.metadata.namespace ?? CLUSTER_RESOURCE_NAMESPACE;
}

function judgeIssuer({ api }: CertManagerContext, issuer: Issuer): Verdict {
  const { ca } = issuer.spec;
  if (ca === undefined) return { status: 'True', reason: 'IsReady', message: '' };
  const key = { namespace: secretNamespaceOf(issuer), name: ca.secretName };
  return judge(api.store.get(SECRETS, key), ca.secretName);
}

async function updateIssuer(
  cm: CertManagerContext,
  resource: Resource<Issuer>,
  issuer: Issuer,
): Promise<void> {
  const { namespace, name, generation = 1 } = issuer.metadata;
  const verdict = judgeIssuer(cm, issuer);
  cm.api.modify(
    resource,
    { namespace, name },
    {
      manager: `cert-manager-${resource.plural}`,
      subresource: 'status',
      edit: (draft) => {
        const condition = { type: 'Ready', ...verdict, observedGeneration: generation };
        draft.status = {
          ...draft.status,
          conditions: withCondition(draft.status?.conditions, condition),
        };
      },
    },
  );
  const { reason, message, status } = verdict;
  const before = findCondition(issuer.status?.conditions, 'Ready');
  const isKnown = before?.reason === reason && before.message === message;
  if (issuer.spec.ca === undefined || isKnown) return;
  await cm.record(issuer, { type: status === 'True' ? 'Normal' : 'Warning', reason, message });
}

/** Keeps the Ready condition of Issuers or ClusterIssuers: whether their Secret can sign. */
export function startIssuerController(
  cm: CertManagerContext,
  resource: Resource<Issuer>,
): Controller {
  const { store } = cm.api;
  const fromSecret: Source['keys'] = ({ object: { metadata: secret } }) => {
    const using = store
      .list(resource)
      .filter(
        (issuer) =>
          issuer.spec.ca?.secretName === secret.name &&
          secretNamespaceOf(issuer) === secret.namespace,
      );
    return using.map(({ metadata: { namespace, name } }) => ({ namespace, name }));
  };
  return startController({
    name: `cert-manager ${resource.plural}`,
    store,
    sources: [
      { resource, keys: ownKey },
      { resource: SECRETS, keys: fromSecret },
    ],
    async reconcile(key: ObjectKey) {
      const issuer = store.get(resource, key);
      if (issuer !== undefined) await updateIssuer(cm, resource, issuer);
      return undefined;
    },
    paused: cm.options.paused ?? false,
  });
}
