/**
 * What `linkerd check` asks every `linkerd-*` on the PATH: the name of the file, and that our checks
 * always belong to its own. Its parser is strict JSON (linkerd2 `cli/cmd/check_extensions.go`).
 */
export const extensionMetadata = JSON.stringify({ name: 'linkerd-trust', checks: 'always' });

/** Answered before anything else is loaded, for it is asked at each `linkerd check`. */
export function isMetadataCall([command]: readonly string[]): boolean {
  return command === '_extension-metadata';
}
