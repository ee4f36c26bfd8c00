import type { CheckId } from '../domain/checks/check.ts';

/** The page that explains every check, for whoever has no checkout at hand. */
const checksPage = 'https://github.com/linkerd-trust/trust-rotation/blob/main/docs/checks.md';

/** Where one check is explained. */
export type HintOf = (id: CheckId) => string;

/** `LINKERD_TRUST_DOCS_URL` is the address of a copy of that page, where people cannot reach ours. */
export function hintsFor(env: NodeJS.ProcessEnv): HintOf {
  const own = env['LINKERD_TRUST_DOCS_URL'] ?? '';
  const page = own === '' ? checksPage : own;
  return (id) => `${page}#${id}`;
}
