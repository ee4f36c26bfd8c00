import { z } from 'zod';
import { documentedObjects as objects } from '../../../domain/objects.ts';
import { certificateRef, readCertificate } from '../../../mesh/certificates.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { RotationMesh } from './rotation-mesh.ts';

/** What was done to a mesh, read off the mesh itself. */
export interface Account {
  /** Of workloads. */
  readonly restarts: number;
  /** Certificates that cert-manager has issued for the anchor and the identity issuer. */
  readonly issuances: number;
  readonly failedHandshakes: number;
}

const restartable = z.object({ metadata: z.object({ generation: z.number().default(0) }) });

/** Runs `work`, and accounts for what has changed meanwhile. */
export async function accountFor<Result>(
  mesh: RotationMesh,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly account: Account }> {
  const before = await readAccount(mesh);
  const result = await work();
  const after = await readAccount(mesh);
  return {
    result,
    account: {
      restarts: after.restarts - before.restarts,
      issuances: after.issuances - before.issuances,
      failedHandshakes: after.failedHandshakes - before.failedHandshakes,
    },
  };
}

/** Totals since the mesh was installed: a Deployment's generation grows with each restart. */
async function readAccount({ kube, local }: RotationMesh): Promise<Account> {
  const { trustNamespace, linkerdNamespace, trustAnchor, identityIssuer } = objects;
  const [deployments, anchor, issuer] = await Promise.all([
    kube.list(resources.deployments, restartable),
    readCertificate(kube, certificateRef(trustNamespace, trustAnchor)),
    readCertificate(kube, certificateRef(linkerdNamespace, identityIssuer)),
  ]);
  return {
    restarts: deployments.reduce((sum, { metadata }) => sum + metadata.generation, 0),
    issuances: anchor.revision + issuer.revision,
    failedHandshakes: local.mesh.traffic.snapshot().failed,
  };
}
