import path from 'node:path';
import { buildGoProgram, goInstallTimeoutMs, requireGo } from '../../support/go-tool.ts';

/**
 * Prometheus' own promtool. `go install` refuses its module, which excludes versions of others; one that
 * requires it as a tool builds it.
 *
 * @throws {GoToolMissingError} where it cannot be had on this machine.
 */
export async function buildPromtool(): Promise<string> {
  return buildGoProgram(await requireGo(), path.join(import.meta.dirname, 'promtool'), {
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    // Rules need none of the clouds that Prometheus can find targets in.
    tags: 'remove_all_sd',
    timeoutMs: goInstallTimeoutMs,
  });
}
