import { allOf, convergeOne } from '../convergence.ts';
import { issuersVerifyUnder } from '../conditions.ts';
import type { Gate } from './gate.ts';

/** The ClusterIssuer signs with a copy of A, so no renewal of the issuer can come out under B. */
export const signerPinned: Gate = {
  name: 'signer-pinned',
  title: 'the ClusterIssuer signs with the previous anchor',
  judge: (survey) => {
    const { source, secretName } = survey.objects.signer;
    return allOf([
      convergeOne(
        source === 'previous-anchor'
          ? undefined
          : {
              what: 'ClusterIssuer',
              reason: `signs with Secret ${secretName}`,
              remedy: 'wait for the pin; look for another hand on the ClusterIssuer',
            },
      ),
      issuersVerifyUnder(survey, { a: 'yes', b: 'yes' }),
    ]);
  },
};
