/**
 * Every way the comparisons of one path can come out together for a text, with a text for each where one was found.
 * More ways may be listed than there are; none is left out.
 */
import { limits } from '../../limits.ts'
import type { Atom } from './atoms.ts'
import { type TextFate, TextMachine, type TextPattern } from './text-machine.ts'
import { questionOf, type TextQuestion } from './text-questions.ts'
import { textSamples } from './text-samples.ts'
import { isSettled, onlyNo, onlyTruth, onlyYes, type Truths } from './truths.ts'

/** One way: the truths of the comparisons, in their order. */
export interface TextWay {
  readonly truths: readonly Truths[]
  readonly text?: string
}

/** The ways of `atoms`, all of one path. `hints`: further texts to try. */
export function textWays(atoms: readonly Atom[], hints: readonly string[]): readonly TextWay[] {
  const [first] = atoms
  if (first === undefined) return [...hints, 'x', ''].map(text => ({ truths: [], text }))
  const key = JSON.stringify([atoms.map(({ id }) => id), hints])
  const kept = known.get(first) ?? new Map<string, readonly TextWay[]>()
  known.set(first, kept)
  const ways = kept.get(key) ?? findWays(atoms, hints)
  kept.set(key, ways)
  return ways
}

/** What has been worked out, for as long as the atoms live. */
const known = new WeakMap<Atom, Map<string, readonly TextWay[]>>()

function findWays(atoms: readonly Atom[], hints: readonly string[]): readonly TextWay[] {
  const questions = atoms.map(questionOf)
  const { machine, uses } = machineFor(questions)
  const { fates, complete, steps } = machine.explore(limits.analysisTextStepsMax)
  const [first] = atoms
  if (first !== undefined) first.work.steps += steps
  const ways = new Ways()
  const samples = [...hints, ...textSamples(atoms), ...fates.flatMap(({ text }) => text ?? [])]
  for (const text of samples) ways.add({ truths: atoms.map(atom => onlyTruth(atom.judge(text))), text })
  const tried = triedWays(atoms, questions)
  const combined = tried === undefined ? undefined : combine(questions, uses, fates, tried)
  if (combined === undefined || !complete) ways.add({ truths: questions.map(widest) })
  for (const truths of combined ?? []) if (agrees(atoms, truths)) ways.add({ truths })
  return ways.list
}

/** Different ways only; the one with a text stands for the others. */
class Ways {
  readonly #ways = new Map<string, TextWay[]>()

  add(way: TextWay): void {
    const key = way.truths.join()
    const known = this.#ways.get(key)
    if (known === undefined) this.#ways.set(key, [way])
    else if (way.text !== undefined && known.length < limits.analysisSamplesMax) known.push(way)
  }

  get list(): readonly TextWay[] {
    return [...this.#ways.values()].flatMap(ways => {
      const found = ways.filter(({ text }) => text !== undefined)
      return found.length > 0 ? found : ways.slice(0, 1)
    })
  }
}

interface MachineUse {
  readonly machine: TextMachine
  /** For each question the numbers of its patterns. */
  readonly uses: readonly (readonly number[])[]
}

function machineFor(questions: readonly TextQuestion[]): MachineUse {
  const patterns: TextPattern[] = []
  const uses = questions.map(question => {
    if (question.kind !== 'patterns') return []
    const first = patterns.length
    for (const { coveredBy, ...pattern } of question.patterns)
      patterns.push({ ...pattern, ...(coveredBy !== undefined && { coveredBy: first + coveredBy }) })
    return question.patterns.map((_, index) => first + index)
  })
  const watchesPlace = questions.some(question => question.kind === 'patterns' && question.evasive !== undefined)
  return { machine: new TextMachine(patterns, { watchesPlace }), uses }
}

/** What the questions that can only be tried come out as together: one list of ways for each theory, or too many. */
function triedWays(atoms: readonly Atom[], questions: readonly TextQuestion[]) {
  const own = questions.flatMap((question, index) =>
    question.kind === 'tried' && question.theory === 'own' ? [{ index, truths: split(question.truths) }] : [],
  )
  const ways = [...own.map(({ index, truths }) => truths.map(truth => new Map([[index, truth]])))]
  for (const theory of ['host', 'address'] as const) {
    const asked = questions.flatMap((question, index) =>
      question.kind === 'tried' && question.theory === theory ? [index] : [],
    )
    if (asked.length === 0) continue
    const members = asked.map(index => atoms[index] as Atom)
    const found = textSamples(members).map(text => members.map(atom => onlyTruth(atom.judge(text))))
    const distinct = new Map(found.map(truths => [truths.join(), truths]))
    ways.push([...distinct.values()].map(truths => new Map(asked.map((index, at) => [index, truths[at] ?? 0]))))
  }
  const count = ways.reduce((product, each) => product * each.length, 1)
  return count > limits.analysisClassesMax ? undefined : ways
}

function combine(
  questions: readonly TextQuestion[],
  uses: MachineUse['uses'],
  fates: readonly TextFate[],
  tried: readonly (readonly ReadonlyMap<number, Truths>[])[],
): readonly (readonly Truths[])[] | undefined {
  const product = tried.reduce<readonly ReadonlyMap<number, Truths>[]>(
    (ways, more) => ways.flatMap(way => more.map(one => new Map([...way, ...one]))),
    [new Map()],
  )
  const combined: (readonly Truths[])[] = []
  for (const fate of fates) {
    const settled = questions.map((question, index) => truthsFor(question, uses[index] ?? [], fate))
    for (const way of product) {
      for (const truths of spread(settled.map((truths, index) => way.get(index) ?? truths))) {
        combined.push(truths)
        if (combined.length > limits.analysisClassesMax) return undefined
      }
    }
  }
  return combined
}

function truthsFor(question: TextQuestion, patterns: readonly number[], fate: TextFate): Truths {
  if (question.kind !== 'patterns') return question.truths
  const answers = fate.evasive && question.evasive !== undefined ? question.evasive : question
  return patterns.some(pattern => fate.matches.has(pattern)) ? answers.matched : answers.unmatched
}

function split(truths: Truths): readonly Truths[] {
  return [1, 2, 4, 8].filter(bit => truths & bit)
}

/** One list for every choice among the truths that are still open. */
function* spread(truths: readonly Truths[]): Generator<readonly Truths[]> {
  const open = truths.findIndex(each => !isSettled(each))
  if (open === -1) yield truths
  else for (const choice of split(truths[open] ?? 0)) yield* spread(truths.with(open, choice))
}

function widest(question: TextQuestion): Truths {
  if (question.kind !== 'patterns') return question.truths
  const { matched, unmatched, evasive } = question
  return matched | unmatched | (evasive?.matched ?? 0) | (evasive?.unmatched ?? 0)
}

/** What holds exactly also holds broadly: the same question asked in both senses cannot come out the other way round. */
function agrees(atoms: readonly Atom[], truths: readonly Truths[]): boolean {
  return atoms.every((exact, index) => {
    if (exact.sense.holdingDenies || truths[index] !== onlyYes || !broadened.has(exact.op)) return true
    return atoms.every(
      (broad, at) =>
        !broad.sense.holdingDenies || broad.op !== exact.op || broad.value !== exact.value || truths[at] !== onlyNo,
    )
  })
}

const broadened = new Set<Atom['op']>(['regex', 'starts_with', 'host_in'])
