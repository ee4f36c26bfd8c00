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
    const rights = rightsOf(question.objects, { reachProxiesBy: reach });
    return readCheckFacts({ kube, surveyor }, { ...question, rights });
  };
}
