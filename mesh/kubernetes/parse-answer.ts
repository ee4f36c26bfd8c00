import type { z } from 'zod';
import type { AnswerBody } from './decode-body.ts';
import { decodeBody } from './decode-body.ts';
import { unexpectedObject, unreadableAnswer } from './failures.ts';
import type { Operation } from './operation.ts';

/**
 * Parses an answer, or one line of a watch.
 * @throws UnexpectedObjectError naming the fields that differ, without their values.
 */
export function parseAnswer<T>(
  operation: Operation,
  body: AnswerBody | string,
  schema: z.ZodType<T>,
): T {
  const object = decodeBody(body);
  if (object === undefined) throw unreadableAnswer(operation);
  const parsed = schema.safeParse(object);
  if (!parsed.success) throw unexpectedObject(operation, parsed.error);
  return parsed.data;
}
