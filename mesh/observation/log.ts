/** What observations write to the log: a record of fields and one sentence, as pino takes them. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
