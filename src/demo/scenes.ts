/**
 * The scenes of the demonstration, in order. Each connects an agent, has it do what agents do, and says what must
 * come out: a demonstration that would show something else is a failure, not a show.
 */

import { endpoint } from '../cli/shell/client-config.ts'
import { listTools } from '../cli/shell/control.ts'
import { showDifferences } from '../cli/shell/definitions.ts'
import type { Shell } from '../cli/shell/shell.ts'
import { span } from '../cli/shell/times.ts'
import type { Account, Label } from './account.ts'
import { type Agent, type AgentEra, connectAgent, type Seen } from './agent.ts'
import type { Stage } from './stage.ts'

export interface Scenery {
  readonly shell: Shell
  readonly stage: Stage
  readonly account: Account
  /** Token of each grant. */
  readonly tokens: Readonly<Record<string, string>>
}

type Arguments = Readonly<Record<string, unknown>>

/** One agent at one door. */
class Part {
  readonly #scenery: Scenery
  readonly #name: string
  readonly #door: string
  readonly #agent: Agent

  private constructor(scenery: Scenery, name: string, door: string, agent: Agent) {
    this.#scenery = scenery
    this.#name = name
    this.#door = door
    this.#agent = agent
  }

  static async open(scenery: Scenery, name: string, era: AgentEra, server: string | undefined): Promise<Part> {
    const { stage, account, tokens } = scenery
    const agent = await connectAgent(name, era, endpoint(stage.url, server), tokens[name] ?? '')
    const door = server === undefined ? '/mcp' : `/mcp/${server}`
    account.head(`${name}, a ${era} client (${agent.version}), at ${door}`)
    return new Part(scenery, name, door, agent)
  }

  /** Lists the tools and shows what is and is not there. */
  async list(remark: string, holds: (names: readonly string[]) => boolean): Promise<void> {
    const names = await this.#agent.listTools()
    const seen = { text: names.join(', '), isError: false, decision: undefined }
    this.#step('listed', 'tools/list', seen, holds(names), remark)
  }

  /** Calls a tool; `holds` says whether the outcome is the one this scene is about. */
  async call(
    label: Label,
    tool: string,
    args: Arguments,
    holds: (seen: Seen) => boolean,
    remark?: string | ((seen: Seen) => string),
  ): Promise<void> {
    const seen = await this.#agent.callTool(tool, args)
    const said = typeof remark === 'function' ? remark(seen) : remark
    this.#step(label, this.#callText(tool, args), seen, holds(seen), said)
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }

  /** The folder of the demonstration is long and says nothing: `…/` stands for it. */
  #callText(tool: string, args: Arguments): string {
    return `${tool} ${JSON.stringify(args).replaceAll(`${this.#scenery.stage.filesDir}/`, '…/')}`
  }

  #step(label: Label, call: string, seen: Seen, holds: boolean, remark?: string): void {
    const shown = { ...seen, text: seen.text.replaceAll(`${this.#scenery.stage.filesDir}/`, '…/') }
    const step = { label, agent: this.#name, era: this.#agent.era, door: this.#door, call, seen: shown, holds }
    this.#scenery.account.step(remark === undefined ? step : { ...step, remark })
  }
}

const isAllowed = (seen: Seen) => !seen.isError
const isRefused = (text: string) => (seen: Seen) => seen.isError && seen.text.includes(text)

/** A legacy client at one server: rules on names and arguments. */
export async function playIntern(scenery: Scenery): Promise<void> {
  const { stage } = scenery
  const all = await listTools(stage.control, 'files')
  const part = await Part.open(scenery, 'intern', 'legacy', 'files')
  const file = (name: string) => ({ path: `${stage.filesDir}/${name}` })
  const remark = `the server has ${all.length} tools; policy \`reader\` shows this agent 2`
  await part.list(remark, names => names.length === 2 && all.length > 10)
  await part.call('allowed', 'read_text_file', file('welcome.txt'), isAllowed)
  await part.call(
    'denied',
    'read_text_file',
    file('private/salaries.csv'),
    isRefused('not for this agent'),
    'the rule: deny_if args.path starts with …/private/',
  )
  await part.call(
    'hidden',
    'write_file',
    { ...file('welcome.txt'), content: 'x' },
    isRefused('['),
    'not in its list, and refused when called by name all the same',
  )
  await part.close()
}

/** The same grant at the door of all its servers: a rate limit. */
export async function playLimit(scenery: Scenery): Promise<void> {
  const part = await Part.open(scenery, 'intern', 'legacy', undefined)
  await part.list('every server of the grant behind one door', names => names.includes('everything__echo'))
  const echo = 'everything__echo'
  await part.call('allowed', echo, { message: 'one' }, isAllowed)
  await part.call('allowed', echo, { message: 'two' }, isAllowed)
  const retryMs = (seen: Seen) => Number(seen.decision?.['retryAfterMs'])
  const isLimited = (seen: Seen) => seen.isError && retryMs(seen) > 0
  const frees = (seen: Seen) => `2 in any minute; the next call may pass in ${span(retryMs(seen))}`
  await part.call('limited', echo, { message: 'three' }, isLimited, frees)
  await part.close()
}

/** A modern client with another policy at the same door. */
export async function playOperator(scenery: Scenery): Promise<void> {
  const { stage } = scenery
  const part = await Part.open(scenery, 'operator', 'modern', undefined)
  const write = (name: string) => ({ path: `${stage.filesDir}/${name}`, content: 'Dear all' })
  await part.call(
    'allowed',
    'files__write_file',
    write('drafts/letter.txt'),
    isAllowed,
    'another grant, another policy: `operator` lets this agent write',
  )
  await part.call('denied', 'files__write_file', write('welcome.txt'), isRefused('drafts/'))
  await part.call(
    'hidden',
    'everything__get-env',
    {},
    isRefused('['),
    'a tool that prints the environment of the server, hidden from everybody',
  )
  await part.close()
}

/** A server that changes a tool after it was approved, and dies in the middle of a call. */
export async function playWeather(scenery: Scenery): Promise<void> {
  const { stage, account } = scenery
  const part = await Part.open(scenery, 'operator', 'modern', 'weather')
  await part.call('allowed', 'get_forecast', { city: 'Oslo' }, isAllowed)
  await stage.changeWeather()
  const [changed] = (await listTools(stage.control, 'weather')).filter(tool => tool.state === 'pending')
  await part.call(
    'changed',
    'get_forecast',
    { city: 'Oslo' },
    isRefused('review'),
    'the server has rewritten this tool since it was approved; `sallyport server review weather` shows how:',
  )
  if (changed !== undefined) account.showBelow(terminal => showDifferences(changed, terminal))
  const died = stage.weatherStarted().then(() => stage.killWeather())
  await part.call(
    'unknown',
    'launch_balloon',
    { city: 'Oslo' },
    isRefused('UNKNOWN'),
    'the server was killed in the middle of this call; the record says that nobody knows',
  )
  await died
  await part.close()
}
