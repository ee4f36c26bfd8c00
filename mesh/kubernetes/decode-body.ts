import { decodeProtobuf, protobufMediaType } from './protobuf/decode.ts';

/** The body of an answer as it came. */
export interface AnswerBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

/** The object in an answer, or in one line of a watch; nothing when it is none that can be read. */
export function decodeBody(body: AnswerBody | string): unknown {
  try {
    if (typeof body === 'string') return JSON.parse(body);
    const { bytes, contentType = '' } = body;
    if (contentType.startsWith(protobufMediaType)) return decodeProtobuf(bytes);
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // What the parsers say of it quotes the body, which may hold a Secret.
    return undefined;
  }
}
