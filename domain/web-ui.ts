export interface WebUi {
  /** For example `https://temporal.example.com`. */
  readonly base: string;
  readonly namespace: string;
}

/** Address of one workflow's page; the slash in a rotation's workflow id has to be escaped. */
export function workflowPage({ base, namespace }: WebUi, workflowId: string): string {
  const path = ['namespaces', namespace, 'workflows', workflowId].map(encodeURIComponent);
  return `${base.replace(/\/+$/, '')}/${path.join('/')}`;
}
