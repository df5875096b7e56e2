/**
 * The account of the demonstration: what was called, what the gateway decided, what the agent read. For people as
 * text that fits the terminal; for programs one JSON object a step.
 */
import { visible, visibleLines, wrap } from '../cli/shell/layout.ts'
import type { Shell } from '../cli/shell/shell.ts'
import type { Paint, Terminal } from '../cli/shell/terminal.ts'
import type { Seen } from './agent.ts'

/** What a step shows. Also what it must come out as: anything else is a defect, and counted. */
export type Label = 'listed' | 'allowed' | 'denied' | 'hidden' | 'limited' | 'changed' | 'unknown'

export interface Step {
  readonly label: Label
  readonly agent: string
  readonly era: string
  readonly door: string
  readonly call: string
  readonly seen: Seen
  /** A remark of the narrator below the step. */
  readonly remark?: string
  /** Whether it came out as it should. */
  readonly holds: boolean
}

const styles: Readonly<Record<Label, Parameters<Paint>[0]>> = {
  listed: 'cyan',
  allowed: 'green',
  denied: 'red',
  hidden: 'red',
  limited: 'yellow',
  changed: 'yellow',
  unknown: 'yellow',
}

const seenCharactersMax = 600

export class Account {
  readonly #shell: Shell
  readonly #json: boolean
  #steps = 0
  #broken = 0

  constructor(shell: Shell, json: boolean) {
    this.#shell = shell
    this.#json = json
  }

  /** How many steps came out otherwise than they should. */
  get broken(): number {
    return this.#broken
  }

  /** A line of the narrator; not part of the JSON account. */
  say(text: string): void {
    if (!this.#json) this.#shell.terminal.out(text === '' ? '\n' : `${wrap(text, this.#columns)}\n`)
  }

  /** Text as it is, for tables and configurations. */
  show(text: string): void {
    if (!this.#json) this.#shell.terminal.out(text)
  }

  /** A heading: who acts next, and where. */
  head(text: string): void {
    this.say('')
    this.show(`${this.#shell.terminal.paint('bold', wrap(text, this.#columns))}\n`)
  }

  /** A block below a step, made for the width it has there. */
  showBelow(block: (terminal: Terminal) => string): void {
    const { terminal } = this.#shell
    const text = block({ ...terminal, columns: this.#columns - indent.length })
    this.show(text.replaceAll(/^(?=.)/gm, indent))
  }

  /** One value of the JSON account. */
  tell(value: Readonly<Record<string, unknown>>): void {
    if (this.#json) this.#shell.terminal.out(`${visible(JSON.stringify(value))}\n`)
  }

  step(step: Step): void {
    this.#steps += 1
    if (!step.holds) this.#broken += 1
    this.tell({ step: this.#steps, ...step })
    const { paint } = this.#shell.terminal
    const label = step.label.toUpperCase().padEnd(7)
    const start = `${String(this.#steps).padStart(3)}  ${paint(styles[step.label], label)}  `
    const call = wrap(visible(step.call), this.#columns, indent).trimStart()
    this.show(`\n${start}${call}\n`)
    const text = step.seen.text
    const shown = text.length > seenCharactersMax ? `${text.slice(0, seenCharactersMax)}…` : text
    const reads = step.label === 'listed' ? 'the agent sees: ' : 'the agent reads: '
    this.show(`${wrap(`${reads}${visibleLines(shown)}`, this.#columns, indent)}\n`)
    if (step.remark !== undefined) this.show(`${paint('dim', wrap(`(${step.remark})`, this.#columns, indent))}\n`)
    if (!step.holds) this.show(`${indent}${paint('red', 'this is not what should have happened')}\n`)
  }

  get #columns(): number {
    return Math.min(this.#shell.terminal.columns, columnsUsedMax)
  }
}

const columnsUsedMax = 100
const indent = ' '.repeat(14)
