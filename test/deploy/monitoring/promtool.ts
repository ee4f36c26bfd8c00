import path from 'node:path';
import { installGoCommand } from '../../support/go-tool.ts';

/**
 * Prometheus' own promtool, of the version in `promtool/go.mod`.
 *
 * @throws {GoToolMissingError} where it cannot be had on this machine.
 */
export function installPromtool(): Promise<string> {
  return installGoCommand({
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    module: path.join(import.meta.dirname, 'promtool'),
    // Rules need none of the clouds that Prometheus can find targets in.
    tags: 'remove_all_sd',
  });
}
