import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

export interface ProxyAdminView {
  readonly environment: ReadonlyMap<string, string>;
  ready(): boolean;
  leafNotAfterMs(): number | undefined;
  /** When the last leaf was taken into use. */
  refreshedMs(): number | undefined;
  refreshes(): { readonly ok: number; readonly error: number };
}

/** Answers as a proxy's admin server on 4191 does (linkerd2-proxy `app/admin/src/server.rs`). */
export function proxyAdminHandler(view: ProxyAdminView): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://admin');
    if (url.pathname === '/live') {
      answer(response, 200, 'live\n');
    } else if (url.pathname === '/ready') {
      if (view.ready()) answer(response, 200, 'ready\n');
      else answer(response, 503, 'not ready\n');
    } else if (url.pathname === '/metrics') {
      answer(response, 200, renderMetrics(view));
    } else if (url.pathname === '/env.json') {
      answerEnvironment(request, response, environmentOf(view, url));
    } else {
      answer(response, 404, 'not found\n');
    }
  };
}

/** The whole environment, or the variables that the query names, `null` where there is none. */
function environmentOf({ environment }: ProxyAdminView, url: URL): Record<string, string | null> {
  if (url.search === '') return Object.fromEntries(environment);
  const names = [...url.searchParams.keys()];
  return Object.fromEntries(names.map((name) => [name, environment.get(name) ?? null]));
}

function answerEnvironment(
  request: IncomingMessage,
  response: ServerResponse,
  environment: Record<string, string | null>,
): void {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    answer(response, 200, JSON.stringify(environment));
  } else {
    answer(response, 405, 'method not allowed\n');
  }
}

function renderMetrics(view: ProxyAdminView): string {
  const { ok, error } = view.refreshes();
  return [
    '# TYPE control_identity_cert_expiration_timestamp_seconds gauge',
    `control_identity_cert_expiration_timestamp_seconds ${(view.leafNotAfterMs() ?? 0) / 1_000}`,
    '# TYPE control_identity_cert_refresh_timestamp_seconds gauge',
    `control_identity_cert_refresh_timestamp_seconds ${(view.refreshedMs() ?? 0) / 1_000}`,
    '# TYPE control_identity_cert_refreshes_total counter',
    `control_identity_cert_refreshes_total{result="ok"} ${ok}`,
    `control_identity_cert_refreshes_total{result="error"} ${error}`,
    '',
  ].join('\n');
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status).end(body);
}
