import type { CheckCategory } from './check.ts';
import { checkFound, error, skipped } from './check.ts';
import { judgeExpiry } from './expiry.ts';
import type { CheckFacts } from './facts.ts';

/** Linkerd's own webhooks have a chain of trust apart from the mesh's. */
export function webhookChecks({ webhooks, atMs }: CheckFacts): CheckCategory {
  const checks = webhooks.map(({ service, certificate }) => {
    const about = {
      id: 'webhook-certificates',
      description: `the webhook certificate of ${service} is valid`,
    } as const;
    if (
      certificate.found &&
      certificate.value === undefined &&
      service !== 'linkerd-proxy-injector'
    ) {
      return skipped(about.id, about.description, 'it has no Secret');
    }
    return checkFound(about, certificate, (facts) => {
      if (facts === undefined) {
        return error('it has no Secret, so no pod can be given a proxy; install Linkerd again');
      }
      return judgeExpiry(`the certificate of ${service}`, facts, {
        atMs,
        cure: 'renew it (linkerd upgrade, or cert-manager where it makes them)',
      });
    });
  });
  return { name: 'linkerd-trust: webhook certificates', checks };
}
