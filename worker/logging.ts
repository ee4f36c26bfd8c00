import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';
import type { Log } from '../mesh/observation/log.ts';

/**
 * PEM blocks are the one shape in which a key could slip into a text of ours. A block that was cut off
 * ends with the JSON string it stands in, so that the line stays a line of JSON.
 */
const pemKey =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)(?:[^"\\]|\\.))*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g;

/** JSON lines on standard output: a static message and fields. Private keys are blotted out. */
export function createLogger(level: 'debug' | 'info' | 'warn' | 'error'): Logger {
  const output = pino({
    level,
    base: { service: 'linkerd-trust-rotation' },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: (line) => line.replaceAll(pemKey, '[private key removed]') },
  });
  const write = (temporalLevel: LogLevel, message: string, meta: LogMetadata = {}): void => {
    output[pinoLevels[temporalLevel]](plain(meta), message);
  };
  return {
    log: write,
    trace: (message, meta) => {
      write('TRACE', message, meta);
    },
    debug: (message, meta) => {
      write('DEBUG', message, meta);
    },
    info: (message, meta) => {
      write('INFO', message, meta);
    },
    warn: (message, meta) => {
      write('WARN', message, meta);
    },
    error: (message, meta) => {
      write('ERROR', message, meta);
    },
  };
}

const pinoLevels = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/** The SDK attaches bigint timestamps and symbols, which JSON cannot hold. */
function plain(meta: LogMetadata): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? value.toString() : (value as unknown),
    ]),
  );
}

/** The same lines for what observations have to say. */
export function createObservationLog(logger: Logger): Log {
  return {
    info: (fields, message) => {
      logger.info(message, { ...fields });
    },
    warn: (fields, message) => {
      logger.warn(message, { ...fields });
    },
  };
}
