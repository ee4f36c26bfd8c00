import type { ExpiryReport } from './expiry-check.ts';

/** The current details of a check, as Markdown. */
export function renderExpiry({ runway, outcome }: ExpiryReport): string {
  const { daysLeft, startBy, message, nextStep } = runway;
  return [
    `## Trust anchor: ${String(daysLeft)} days left`,
    '',
    `**${runway.kind}** · ${outcome} · a rotation must begin by ${startBy}`,
    '',
    message,
    ...(nextStep === undefined ? [] : ['', `Next step: ${nextStep}`]),
  ].join('\n');
}
