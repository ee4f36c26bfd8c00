import { ForbiddenError } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import { describeAccess } from './kubernetes/operation.ts';
import type { Right } from './rights.ts';

/** Which of these rights we lack, asked one by one with SelfSubjectAccessReview. */
export async function missingRights(
  kube: Kube,
  rights: readonly Right[],
): Promise<readonly Right[]> {
  const checked = await Promise.all(
    rights.map(async (right) => ({ right, allowed: await kube.can(right) })),
  );
  return checked.filter(({ allowed }) => !allowed).map(({ right }) => right);
}

/** `patch clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster, needed to …`. */
export function describeMissingRight(right: Right): string {
  return `${describeAccess(right)}, needed to ${right.why}`;
}

/**
 * Runs `work`; where it ends because one right is missing, the error names all that are. Otherwise
 * whoever grants rights would learn of the next one only at the next attempt.
 * @throws ForbiddenError with the next step for all of `rights` that lack; whatever `work` throws.
 */
export async function namingMissingRights<T>(
  kube: Kube,
  rights: readonly Right[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    // Where not even this can be asked, what is known of the one right stands.
    const missing = await missingRights(kube, rights).catch(() => []);
    if (missing.length < 2) throw error;
    throw new ForbiddenError(error.operation, {
      status: error.status,
      happened: error.happened,
      nextStep: `grant the ${String(missing.length)} rights that are missing: ${missing.map(describeMissingRight).join('; ')}`,
      cause: error,
    });
  }
}
