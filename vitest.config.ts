import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// What Node compiles is kept from process to process and from run to run: hundreds are started, of the same files.
process.env['NODE_COMPILE_CACHE'] ??= new URL('node_modules/.cache/compiled', import.meta.url).pathname

/** Rooms whose unit tests share a process: pure, or with state in a folder of their own. Two thirds of the work. */
const shared = ['flows', 'identity', 'ledger', 'limits', 'policy', 'store', 'wire'].map(
  room => `src/${room}/**/*.test.ts`,
)

/** What takes longest by the clock, the longest first: started last, one of them would run alone at the end. */
const long = [
  'e2e/promises',
  'property/policy-spec',
  'e2e/connect',
  'property/policy-difference',
  'pins/test-policies-guide',
  'e2e/budgets',
  'property/ledger-crash',
  'property/ledger-model',
  'catalogue/site-policies',
  'e2e/first-policy-guide',
  'e2e/servers',
  'e2e/fidelity',
  'e2e/built-in',
  'e2e/policy-authoring',
  'pins/policy-analysis-page',
  'e2e/inspector',
  'e2e/catalogue',
  'adversarial/slow',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = long.findIndex(name => moduleId.endsWith(`/test/${name}.test.ts`))
      return index < 0 ? long.length : index
    }
    return (await super.sort(files)).sort((one, other) => place(one) - place(other))
  }
}

const common = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Node runs the sources as they are; Vite need not.
  experimental: { viteModuleRunner: false },
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'whole', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], exclude: shared } },
      { test: { ...common, name: 'shared', include: shared, isolate: false } },
    ],
  },
})
