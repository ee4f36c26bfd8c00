import type { Certificate } from '../cert-manager-objects.ts';
import { randomSuffix } from '../names.ts';
import { SECRETS } from '../resources.ts';
import { ownerOf, updateStatus } from './certificate-status.ts';
import { FAO_LABEL, secretText, toBase64 } from './context.ts';
import type { CertManagerContext } from './context.ts';
import { encodePrivateKey, generatePrivateKey, keyFitsSpec, parsePrivateKey } from './keys.ts';

/** Step 2 of an issuance: the key of the next certificate, in a Secret of its own. */
export async function createNextKey(
  cm: CertManagerContext,
  certificate: Certificate,
): Promise<void> {
  const { spec, metadata } = certificate;
  const { namespace } = metadata;
  const stored = cm.api.store.get(SECRETS, { namespace, name: spec.secretName });
  // Unset means Always from cert-manager 1.18 on.
  const isReused =
    spec.privateKey?.rotationPolicy === 'Never' && secretText(stored, 'tls.key') !== undefined;
  const old = isReused ? parsePrivateKey(secretText(stored, 'tls.key') ?? '') : undefined;
  if (isReused && (old === undefined || !keyFitsSpec(old, spec.privateKey))) {
    const message =
      'User intervention required: existing private key in Secret does not match requirements';
    await cm.record(certificate, { type: 'Warning', reason: 'CannotRegenerateKey', message });
    return;
  }
  const key = old ?? generatePrivateKey(spec.privateKey);
  const name = `${metadata.name}-${randomSuffix()}`;
  const labels = { 'cert-manager.io/next-private-key': 'true', [FAO_LABEL]: 'true' };
  const manager = 'cert-manager-certificates-key-manager';
  const data = { 'tls.key': toBase64(encodePrivateKey(key, 'PKCS8')) };
  await cm.api.create(
    SECRETS,
    {
      metadata: { name, namespace, labels, ownerReferences: [ownerOf(certificate)] },
      type: 'Opaque',
      data,
    },
    { manager },
  );
  updateStatus(cm, certificate, {
    manager: 'key-manager',
    edit: (status) => {
      status.nextPrivateKeySecretName = name;
    },
  });
  const text = isReused
    ? { reason: 'Reused', message: 'Reusing private key stored in existing Secret resource' }
    : { reason: 'Generated', message: 'Stored new private key in temporary Secret resource' };
  await cm.record(certificate, { type: 'Normal', ...text });
}
