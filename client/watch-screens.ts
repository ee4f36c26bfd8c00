import { styleText } from 'node:util';
import { createCanvas } from './canvas.ts';
import type { Look } from './change-lines.ts';
import { changeLines } from './change-lines.ts';
import type { CommandContext } from './context.ts';
import { fit, formatTime, wrap } from './format.ts';
import type { GlobalOptions } from './options.ts';
import { sameCommand } from './options.ts';
import { columnsOf } from './print.ts';
import { renderEnd } from './report-text.ts';
import type { RotationReading } from './rotation-reading.ts';
import { renderWatch } from './watch-view.ts';

export type RunningReading = Extract<RotationReading, { kind: 'running' }>;
export type EndedReading = Extract<RotationReading, { kind: 'ended' | 'stopped' }>;

/** Where a watched rotation is shown. */
export interface Screen {
  show(reading: RunningReading, live: Look['live']): void;
  /** The rotation cannot be read at the moment; the last look stays. */
  trouble(message: string): void;
  end(reading: EndedReading): void;
}

/** A terminal is redrawn in place, a pipe gets a line for each change, a machine a document for each. */
export function createScreen(context: CommandContext, options: GlobalOptions): Screen {
  if (options.output === 'json') return jsonScreen(context);
  const command = sameCommand(options);
  return context.stdout.isTTY ? terminalScreen(context, command) : lineScreen(context, command);
}

function jsonScreen({ stdout, stderr }: CommandContext): Screen {
  let last = '';
  const write = (document: unknown): void => {
    const text = JSON.stringify(document);
    if (text !== last) stdout.write(`${text}\n`);
    last = text;
  };
  return {
    show: (reading, live) => {
      write({ ...reading, live });
    },
    trouble: (message) => {
      stderr.write(`${JSON.stringify({ trouble: message })}\n`);
    },
    end: write,
  };
}

function lineScreen(context: CommandContext, command: string): Screen {
  const { stdout } = context;
  let before: Look | undefined;
  let troubled = false;
  return {
    show: ({ status }, live) => {
      const after = { status, live };
      const lines = changeLines(before, after, { nowMs: context.now(), command });
      for (const line of lines) stdout.write(`${line}\n`);
      before = after;
      troubled = false;
    },
    trouble: (message) => {
      const at = formatTime(new Date(context.now()).toISOString());
      if (!troubled) stdout.write(`${at}  ${noNews(message)}\n`);
      troubled = true;
    },
    end: (reading) => {
      stdout.write(`${renderEnd(reading, columnsOf(context)).join('\n')}\n`);
    },
  };
}

/** The rotation survives what keeps it from being seen, so the view goes on looking. */
function noNews(message: string): string {
  return `No news, looking again. ${message}`;
}

const leaveHint = 'Ctrl-C leaves this view; the rotation goes on.';

function terminalScreen(context: CommandContext, command: string): Screen {
  const { stdout } = context;
  const drawPlain = createCanvas(stdout);
  let last: string[] = [];

  function draw(lines: readonly string[]): void {
    drawPlain(lines.map((line) => paint(line, context)));
  }

  return {
    show: ({ status }, live) => {
      const columns = columnsOf(context);
      // Three lines for the blank line, the hint, and the cursor below it.
      const frame = { columns, rows: Math.max((stdout.rows ?? 40) - 3, 5), command };
      last = renderWatch(status, live, frame, context.now());
      draw([...last, '', fit(leaveHint, columns)]);
    },
    trouble: (message) => {
      draw([...last, '', ...wrap(`! ${noNews(message)}`, columnsOf(context), 2)]);
    },
    end: (reading) => {
      draw(renderEnd(reading, columnsOf(context)));
    },
  };
}

const styles = [
  { pattern: /^ {2}✓/, style: 'green' },
  { pattern: /^ {2}▸/, style: 'cyan' },
  { pattern: /^(Waits for|!)/, style: 'yellow' },
  { pattern: /^(Trust anchor rotation|Gate|Fleet|Notes)/, style: 'bold' },
] as const;

/** Colours whole lines by what they begin with; NO_COLOR is honoured (no-color.org). */
function paint(line: string, { env }: CommandContext): string {
  if ((env['NO_COLOR'] ?? '') !== '') return line;
  const style = styles.find(({ pattern }) => pattern.test(line))?.style;
  return style === undefined ? line : styleText(style, line, { validateStream: false });
}
