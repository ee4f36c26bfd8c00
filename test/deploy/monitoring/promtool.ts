import { installGoCommand } from '../../support/go-tool.ts';

/**
 * Prometheus' own promtool, of the one release line whose module excludes and replaces nothing: `go
 * install` refuses the others.
 *
 * @throws {GoToolMissingError} where it cannot be had on this machine.
 */
export function installPromtool(): Promise<string> {
  return installGoCommand({
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    version: 'v0.316.0',
    // Rules need none of the clouds that Prometheus can find targets in.
    tags: 'remove_all_sd',
  });
}
