/** A policy under test, and which of its rules have been seen at work. */
import { creditOf, type Decided, decidersOf } from '../../policy/coverage.ts'
import { modelOf, type PolicyFile } from '../shell/policy-file.ts'
import type { Coverage } from './report.ts'

export interface TestedPolicy {
  readonly policy: PolicyFile
  /** Told of every call that was judged. */
  readonly onVerdict: (tool: string, decided: Decided) => void
  readonly coverage: () => Coverage
}

/** A policy that nothing has been tried on yet. */
export async function testedPolicy(policy: PolicyFile): Promise<TestedPolicy> {
  const model = await modelOf(policy)
  const deciders = decidersOf(model)
  const seen = new Set<string>()
  return {
    policy,
    onVerdict: (tool, decided) => {
      for (const at of creditOf(model, tool, decided)) seen.add(at)
    },
    coverage: () => ({ policy, rules: deciders.length, never: deciders.filter(at => !seen.has(at)) }),
  }
}
