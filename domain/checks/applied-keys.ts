import type { Check } from './check.ts';
import { checkFound, warning } from './check.ts';
import type { CheckFacts } from './facts.ts';

/**
 * `kubectl apply` keeps the text of what it was given in an annotation. A renewal of the pair does not touch
 * that, so the key of an anchor would outlive its retirement there.
 */
export function appliedKeysCheck({ pki }: CheckFacts): Check {
  return checkFound(
    { id: 'no-applied-keys', description: 'no Secret keeps a private key in an annotation' },
    pki.appliedKeys,
    ([first, ...others]) => {
      if (first === undefined) return undefined;
      const { namespace, name } = first;
      const more = others.map((other) => `, ${other.namespace}/${other.name}`).join('');
      return warning(
        `kubectl apply has left a tls.key in an annotation of Secret ${namespace}/${name}${more}, which outlives a renewal of the pair; remove it: kubectl annotate secret ${name} -n ${namespace} kubectl.kubernetes.io/last-applied-configuration-`,
      );
    },
  );
}
