import type { PayloadConverter, ProtoFailure } from '@temporalio/common';
import { DefaultFailureConverter } from '@temporalio/common';
import { withoutPrivateKeys } from '../domain/private-keys.ts';
import { isKeyInPayload } from './refuse-private-keys.ts';

/**
 * The SDK's converter, but private keys are removed from what it makes of an error. To let the codec
 * see messages, too, would make every failure unreadable in the Web UI; and a failure whose details it
 * refuses would bring the worker down.
 */
class RedactingFailureConverter extends DefaultFailureConverter {
  /** Causes come this way, too: each is a failure of its own. */
  override errorToFailure(
    ...[error, converter, context]: Parameters<DefaultFailureConverter['errorToFailure']>
  ): ProtoFailure {
    const failure = super.errorToFailure(error, withoutKeys(converter), context);
    const { message, stackTrace } = failure;
    return {
      ...failure,
      ...(typeof message === 'string' ? { message: withoutPrivateKeys(message) } : {}),
      ...(typeof stackTrace === 'string' ? { stackTrace: withoutPrivateKeys(stackTrace) } : {}),
    };
  }
}

/** Replaces what the codec would refuse: the details of a failure are not worth a worker. */
function withoutKeys(converter: PayloadConverter): PayloadConverter {
  return {
    toPayload: (value, context) => {
      const payload = converter.toPayload(value, context);
      if (!isKeyInPayload(payload)) return payload;
      return converter.toPayload('[details with a private key were removed]', context);
    },
    fromPayload: (payload, context) => converter.fromPayload(payload, context),
  };
}

/** The name under which the SDK looks for it. */
export const failureConverter = new RedactingFailureConverter();
