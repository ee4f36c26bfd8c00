import type { CertificateFacts } from '../domain/certificate.ts';
import type { MeshObjects } from '../domain/objects.ts';
import { holdsPrivateKey } from '../domain/private-keys.ts';
import type { BridgeExchange } from '../mesh/bridge-exchange.ts';
import { answerBridgeRequest, readBridgeExchange } from '../mesh/bridge-exchange.ts';
import { bridgeFault } from '../mesh/bridge-fault.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { parseCertificate, splitPem } from '../mesh/x509.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';

/** What a rotation asks the owner of the anchor in use. */
export interface AskedBridge {
  readonly csrPem: string;
  /** The certificate whose key is to sign. */
  readonly signer: Pick<CertificateFacts, 'fingerprint' | 'subject' | 'subjectKeyId'>;
  /** ISO 8601 in UTC. */
  readonly neededUntil: string;
  readonly isAnswered: boolean;
}

/** @throws CommandError where no rotation asks */
export async function requireBridgeRequest(kube: Kube, objects: MeshObjects): Promise<AskedBridge> {
  const { csrPem, signerPem, neededUntil, answerPem } = await requireExchange(kube, objects);
  const { fingerprint, subject, subjectKeyId } = await parseCertificate(signerPem);
  const signer = { fingerprint, subject, subjectKeyId };
  return { csrPem, signer, neededUntil, isAnswered: answerPem !== undefined };
}

/**
 * Hands a signed certificate in, which the rotation judges once more before it takes it over.
 * @throws CommandError with what is wrong with it; nothing was handed in then
 */
export async function handInBridge(
  kube: Kube,
  objects: MeshObjects,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<void> {
  if (holdsPrivateKey(text)) {
    throw refused(file, 'it holds a private key', 'give a file with the certificate alone');
  }
  const exchange = await requireExchange(kube, objects);
  const [pem = ''] = splitPem(text);
  const fault = await bridgeFault(pem, {
    a: { pem: exchange.signerPem },
    b: { certificate: await parseCertificate(exchange.anchorPem) },
    neededUntilMs: Date.parse(exchange.neededUntil),
  });
  if (fault !== undefined) {
    const nextStep = 'have the request signed again ("linkerd-trust bridge-request" prints it)';
    throw refused(file, fault, nextStep);
  }
  await answerBridgeRequest(kube, objects, pem);
}

async function requireExchange(kube: Kube, objects: MeshObjects): Promise<BridgeExchange> {
  const exchange = await readBridgeExchange(kube, objects);
  if (exchange !== undefined) return exchange;
  const { trustNamespace, bridgeRequest } = objects;
  throw new CommandError(ExitCode.refused, {
    tried: 'find a request for a bridge',
    happened: `no rotation asks for one now (ConfigMap ${trustNamespace}/${bridgeRequest} does not exist)`,
    nextStep:
      'start a rotation whose bridge is imported, and try again when linkerd-trust status says that it waits for the bridge',
  });
}

function refused(file: string, happened: string, nextStep: string): CommandError {
  return new CommandError(ExitCode.refused, {
    tried: `hand in ${file} as the bridge`,
    happened,
    nextStep,
  });
}
