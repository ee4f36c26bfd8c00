import { isAllowed } from './access-review.ts';
import { DeniedTooEarlyError, ForbiddenError, KubernetesError } from './errors.ts';
import type { Operation } from './operation.ts';
import { rightFor } from './operation.ts';
import type { Transport } from './transport.ts';

/**
 * A transport whose `ForbiddenError` is the roles' own word. An API server that has just started denies
 * everything until it has read them, for its port answers before `/readyz` does: it denies even the
 * question what we may do, or answers it with yes a moment later. Such a denial is worth another attempt.
 */
export function doubtDenials(transport: Transport): Transport {
  return {
    ...transport,
    send: async (request) => {
      try {
        return await transport.send(request);
      } catch (error) {
        if (!(error instanceof ForbiddenError) || error.status !== 403) throw error;
        if (await isDeniedByRoles(transport, request.operation)) throw error;
        throw new DeniedTooEarlyError(request.operation, {
          happened: error.happened,
          nextStep: `retry, for an API server that has just started denies everything; if it stays, ${error.nextStep}`,
          cause: error,
        });
      }
    },
  };
}

async function isDeniedByRoles(transport: Transport, operation: Operation): Promise<boolean> {
  try {
    return !(await isAllowed(transport, rightFor(operation)));
  } catch (error) {
    // Denied this question, or gone meanwhile: either way nobody has judged.
    if (error instanceof KubernetesError) return false;
    throw error;
  }
}
