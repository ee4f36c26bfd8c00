import { isExceptable } from '../domain/exceptable.ts';
import type { RotationState } from '../domain/rotation-state.ts';
import { isBlocked } from '../domain/rotation-state.ts';
import { shellWord } from './format.ts';

/** One thing that a person can do now, with the exact command. */
export interface Move {
  readonly why: string;
  readonly command: string;
}

/**
 * What moves a waiting rotation on; empty while it moves by itself.
 *
 * @param command how this client was called: the program and the flags that lead to the same cluster
 */
export function nextMoves(state: RotationState, command: string): readonly Move[] {
  const { condition, waiting } = state;
  const why = 'to go on';
  if (condition === 'waiting-for-approval' && waiting?.approval !== undefined) {
    return [{ why, command: `${command} approve ${waiting.approval}` }];
  }
  if (condition === 'paused') return [{ why, command: `${command} resume` }];
  return isBlocked(state) ? movesOfBlocked(state, command) : [];
}

function movesOfBlocked({ condition, waiting }: RotationState, command: string): readonly Move[] {
  const [first] = waiting?.laggards ?? [];
  // The way back itself cannot be aborted.
  const leave =
    condition === 'swinging-back' ? [] : [{ why: 'to leave safely', command: `${command} abort` }];
  // What is handed in is taken up by itself, and nothing can be left out in its place.
  if (waiting?.cause === 'import') return leave;
  return [
    { why: 'once what stands in the way is corrected', command: `${command} resume` },
    ...(first === undefined || !isExceptable(first.what)
      ? []
      : [
          {
            why: 'to leave it out of every gate',
            command: `${command} except ${shellWord(first.what)} --reason WHY`,
          },
        ]),
    ...leave,
  ];
}
