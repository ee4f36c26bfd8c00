import { X509Certificate as NodeCertificate } from 'node:crypto';
import type { Certificate, CertificateRequest } from '../cert-manager-objects.ts';
import type { Secret } from '../objects.ts';
import { parseCertificates } from './chain.ts';
import { secretText } from './context.ts';
import { parseDuration } from './durations.ts';
import { keyFitsSpec, parsePrivateKey, publicKeyOf } from './keys.ts';
import { requestMismatches, requestedKey } from './signing-requests.ts';

/** Why a Secret is not what its Certificate asks for. */
export interface Violation {
  reason: string;
  message: string;
}

/** A Certificate with what its state is judged by. */
export interface CertificateState {
  certificate: Certificate;
  secret: Secret | undefined;
  /** The request of the current revision, if it still exists. */
  currentRequest: CertificateRequest | undefined;
}

interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** Dates of the Secret's first certificate; undefined when there is none that can be read. */
export function validityOf(secret: Secret | undefined): Validity | undefined {
  try {
    const [leaf] = parseCertificates(secretText(secret, 'tls.crt') ?? '');
    return leaf && { notBefore: leaf.notBefore, notAfter: leaf.notAfter };
  } catch {
    // An unreadable certificate has no dates; findViolation() reports it.
    return undefined;
  }
}

/** When cert-manager renews by itself: counted back from expiry, by default a third of the lifetime. */
export function renewalTimeOf({ spec }: Certificate, validity: Validity): Date | undefined {
  if (spec.renewal?.policy === 'Disabled') return undefined;
  const end = validity.notAfter.getTime();
  const lifetime = end - validity.notBefore.getTime();
  const percentage = spec.renewBeforePercentage;
  const asked =
    spec.renewBefore !== undefined
      ? parseDuration(spec.renewBefore)
      : percentage === undefined
        ? undefined
        : (lifetime * percentage) / 100;
  const before = asked !== undefined && asked > 0 && asked < lifetime ? asked : lifetime / 3;
  return new Date(Math.floor((end - before) / 1000) * 1000);
}

function judgePair({ certificate, secret }: CertificateState): Violation | undefined {
  const chain = secretText(secret, 'tls.crt');
  const pem = secretText(secret, 'tls.key');
  if (secret === undefined)
    return { reason: 'DoesNotExist', message: 'Issuing certificate as Secret does not exist' };
  if (chain === undefined || pem === undefined)
    return {
      reason: 'MissingData',
      message: 'Issuing certificate as Secret does not contain a certificate and key',
    };
  const key = parsePrivateKey(pem);
  if (key === undefined)
    return {
      reason: 'InvalidKeyPair',
      message: 'Issuing certificate as Secret contains invalid private key data',
    };
  if (validityOf(secret) === undefined)
    return {
      reason: 'InvalidCertificate',
      message: 'Issuing certificate as Secret contains an invalid certificate',
    };
  if (publicKeyOf(new NodeCertificate(chain).publicKey) !== publicKeyOf(key))
    return {
      reason: 'InvalidKeyPair',
      message: 'Issuing certificate as Secret contains an invalid key-pair',
    };
  if (!keyFitsSpec(key, certificate.spec.privateKey))
    return { reason: 'SecretMismatch', message: 'Existing private key is not up to date for spec' };
  return undefined;
}

function judgeAnnotations({ certificate, secret }: CertificateState): Violation | undefined {
  const annotations = secret?.metadata.annotations ?? {};
  const { issuerRef } = certificate.spec;
  const issuer = {
    'cert-manager.io/issuer-name': issuerRef.name,
    'cert-manager.io/issuer-kind': issuerRef.kind ?? 'Issuer',
    'cert-manager.io/issuer-group': issuerRef.group ?? 'cert-manager.io',
  };
  const differs = ([key, value]: [string, string]) =>
    annotations[key] !== undefined && annotations[key] !== value;
  if (Object.entries(issuer).some(differs))
    return {
      reason: 'IncorrectIssuer',
      message: 'Issuing certificate as Secret was previously issued by another issuer',
    };
  const name: [string, string] = ['cert-manager.io/certificate-name', certificate.metadata.name];
  if (differs(name))
    return { reason: 'IncorrectCertificate', message: 'Secret was issued for another Certificate' };
  return undefined;
}

function judgeRequest({
  certificate,
  secret,
  currentRequest,
}: CertificateState): Violation | undefined {
  if (currentRequest === undefined) return undefined;
  const key = parsePrivateKey(secretText(secret, 'tls.key') ?? '');
  if (key !== undefined && requestedKey(currentRequest) !== publicKeyOf(key))
    return {
      reason: 'SecretMismatch',
      message: 'Secret contains a private key that does not match the current CertificateRequest',
    };
  const fields = requestMismatches(certificate.spec, currentRequest);
  if (fields.length === 0) return undefined;
  return {
    reason: 'RequestChanged',
    message: `Fields on existing CertificateRequest resource not up to date: [${fields.join(' ')}]`,
  };
}

/** Policies shared by the trigger and the readiness controller, in cert-manager's order. */
export function findViolation(state: CertificateState): Violation | undefined {
  return judgePair(state) ?? judgeAnnotations(state) ?? judgeRequest(state);
}
