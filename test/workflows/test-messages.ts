import assert from 'node:assert/strict';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { PhaseName } from '../../domain/phases.ts';
import { abortUpdate } from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import type { RunningRotation } from './rotation-bench.ts';

/** Waits until the rotation is in a phase and its last call is the one that it waits for. */
export async function waitsAt(
  { until, fake }: RunningRotation,
  phase: PhaseName,
  call: string,
): Promise<void> {
  await until(`phase ${phase}`, (state) => state.phase === phase);
  await waitFor(() => fake.calls.at(-1) === call, { what: call });
}

export function untilBlocked({ until }: RunningRotation): ReturnType<RunningRotation['until']> {
  return until('the rotation to be blocked', ({ condition }) => condition === 'blocked');
}

/** Waits until something is asked for: the end of a rotation takes longer to come about. */
export async function goesOnTo({ fake }: RunningRotation, call: string): Promise<void> {
  await waitFor(() => fake.calls.includes(call), { what: `the rotation to go on to ${call}` });
}

/** A search attribute as it stands: seen without asking the worker. */
export async function shown({ handle }: RunningRotation, name: string): Promise<unknown> {
  const { typedSearchAttributes } = await handle.describe();
  return typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;
}

/** Asserts that a validator refuses the update, and why. */
export async function updateRefusal<Message>(
  { handle }: RunningRotation,
  update: UpdateDefinition<unknown, [Message]>,
  message: Message,
  reason: RegExp,
): Promise<void> {
  await assert.rejects(handle.executeUpdate(update, { args: [message] }), (error: unknown) => {
    assert.ok(error instanceof WorkflowUpdateFailedError);
    assert.match(error.cause?.message ?? '', reason);
    return true;
  });
}

/** Aborts, and answers with what was asked for from then on, once the rotation has ended. */
export async function callsOfAbort(rotation: RunningRotation): Promise<readonly string[]> {
  const before = rotation.fake.calls.length;
  await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann', reason: 'drill' }] });
  await rotation.handle.result();
  return rotation.fake.calls.slice(before);
}
