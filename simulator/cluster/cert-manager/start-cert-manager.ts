import type { ClusterApi } from '../api/cluster-api.ts';
import type { CertManagerOptions } from '../cluster-options.ts';
import type { Controller } from '../controllers/controller.ts';
import { createEventRecorder } from '../controllers/events.ts';
import { CLUSTER_ISSUERS, ISSUERS } from '../resources.ts';
import { startRequestController } from './certificate-requests.ts';
import { startCertificateController } from './certificates.ts';
import { startIssuerController } from './issuers.ts';

/** Starts the simulated cert-manager: issuers, requests and Certificates, with automatic renewal. */
export function startCertManager(api: ClusterApi, options: CertManagerOptions = {}): Controller {
  const cm = { api, options, record: createEventRecorder(api, 'cert-manager') };
  const controllers = [
    startIssuerController(cm, ISSUERS),
    startIssuerController(cm, CLUSTER_ISSUERS),
    startRequestController(cm),
    startCertificateController(cm),
  ];
  return {
    pause: () => controllers.forEach((controller) => controller.pause()),
    resume: () => controllers.forEach((controller) => controller.resume()),
    stop: () => controllers.forEach((controller) => controller.stop()),
  };
}
