import { subscribe } from 'node:diagnostics_channel';
import { readFile, writeFile } from 'node:fs/promises';

/** What one piece of work has cost this process. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  readonly requests: number;
  /** Of answers, as they came over the wire. */
  readonly bytes: number;
  /** The highest resident memory while it ran, above what there was before. */
  readonly peakBytes: number;
}

let requests = 0;
let bytes = 0;
// Every client in this process is undici in the end; requests to pods go through no such client.
subscribe('undici:request:create', () => {
  requests += 1;
});
subscribe('undici:request:bodyChunkReceived', (message) => {
  // Sound: documented shape of this channel (undici, docs/api/DiagnosticsChannel.md).
  bytes += (message as { chunk: Uint8Array }).chunk.byteLength;
});

/** Readings since the process began, for what runs while something else does. */
export function readMeter(): { readonly atMs: number; cpuMs: number; requests: number } {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1_000, requests };
}

/** Runs `work` from a collected heap, and measures it. */
export async function metered<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly cost: Cost; readonly result: Result }> {
  // Present with --expose-gc, which `startEngine` gives; twice: what finalisers let go is collected, too.
  globalThis.gc?.();
  globalThis.gc?.();
  const idleBytes = await resetPeak();
  const before = { requests, bytes, cpu: process.cpuUsage(), ms: performance.now() };
  const result = await work();
  const wallMs = performance.now() - before.ms;
  const { user, system } = process.cpuUsage(before.cpu);
  const cost = {
    wallMs,
    cpuMs: (user + system) / 1_000,
    requests: requests - before.requests,
    bytes: bytes - before.bytes,
    peakBytes: (await readStatus('VmHWM')) - idleBytes,
  };
  return { cost, result };
}

/** Linux forgets the highest resident memory of a process when it is told to (`man 5 proc`). */
async function resetPeak(): Promise<number> {
  await writeFile('/proc/self/clear_refs', '5');
  return readStatus('VmRSS');
}

async function readStatus(field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/self/status does not tell ${field}`);
  return Number(kilobytes) * 1_024;
}
