import { readCheckFacts } from '../mesh/checks/read-check-facts.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { rightsOf } from '../mesh/rights.ts';
import type { Checker } from './context.ts';
import { surveyorFor } from './planner.ts';
import type { Reach } from './reach.ts';

/** The checker for one cluster. */
export function checkerFor(kube: Kube, reach: Reach): Checker {
  const surveyor = surveyorFor(kube, reach);
  return (question) => {
    const { objects, sources } = question;
    const rights = rightsOf(objects, {
      reachProxiesBy: reach,
      ...(sources === undefined ? {} : { sources }),
    });
    return readCheckFacts({ kube, surveyor }, { ...question, rights });
  };
}
