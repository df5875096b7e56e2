/**
 * Everything the demonstration starts: a folder of its own, two real servers and one of ours, the gateway in this
 * process. Whatever happens afterwards, `clear` ends every process and removes the folder.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { type Control, openControl } from '../cli/shell/control.ts'
import { stop } from '../cli/shell/exits.ts'
import { codeOf, findGateway } from '../cli/shell/gateway-address.ts'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import { configurationText, policyFiles } from './configuration.ts'
import { type DemoPackage, fetchPackages, findPackage } from './packages.ts'
import type { WeatherNews } from './weather-server.ts'

export interface Stage {
  readonly url: string
  /** Folder the agents' files are in; `welcome.txt` and `private/salaries.csv` exist. */
  readonly filesDir: string
  readonly dataDir: string
  readonly configFile: string
  readonly control: Control
  readonly packages: readonly DemoPackage[]
  /** Has the weather server change the definition of a tool it showed before. */
  changeWeather(): Promise<void>
  /** Resolves when the weather server has begun a call it will not end. */
  weatherStarted(): Promise<void>
  /** kill -9 of the weather server. */
  killWeather(): Promise<void>
  clear(): Promise<void>
}

/** Starts everything and waits until the gateway is ready. `say` hears of what takes long. */
export async function setStage(clock: Clock, say: (text: string) => void): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-demo-')))
  const children: ChildProcess[] = []
  let stopGateway = async (): Promise<void> => undefined
  const clear = async () => {
    await stopGateway()
    await Promise.all(children.map(end))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [everything, files] = await openPackages(join(folder, 'packages'), say)
    const places = writeFiles(folder)
    const [everythingUrl, weather] = await Promise.all([
      startEverything(everything, children, clock),
      startWeather(children),
    ])
    const filesCommand = { command: process.execPath, args: [files.script, places.filesDir] }
    writeFileSync(places.configFile, configurationText({ everythingUrl, weatherUrl: weather.url, files: filesCommand }))
    const { startServer } = await import('../server.ts')
    const { configFile, dataDir } = places
    const running = await startServer({ configFile, dataDir, host: '127.0.0.1', port: 0, logger: silent })
    stopGateway = () => running.stop()
    const control = openControl(findGateway({ dataDir, url: running.url }, {}))
    return { ...places, ...weather, url: running.url, control, packages: [everything, files], clear }
  } catch (error) {
    await clear()
    throw error
  }
}

/** The account is the output; the gateway's log would only interrupt it. */
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function writeFiles(folder: string): Pick<Stage, 'filesDir' | 'dataDir' | 'configFile'> {
  const filesDir = join(folder, 'files')
  const dataDir = join(folder, 'data')
  for (const made of ['private', 'drafts']) mkdirSync(join(filesDir, made), { recursive: true })
  mkdirSync(dataDir, { mode: 0o700 })
  mkdirSync(join(folder, 'policies'))
  writeFileSync(join(filesDir, 'welcome.txt'), 'Welcome. You may read this.\n')
  writeFileSync(join(filesDir, 'private', 'salaries.csv'), 'name,salary\n')
  for (const [file, text] of Object.entries(policyFiles(filesDir))) writeFileSync(join(folder, file), text)
  return { filesDir, dataDir, configFile: join(folder, 'sallyport.yaml') }
}

/** The two real servers: installed ones, else fetched into `folder`. */
async function openPackages(folder: string, say: (text: string) => void): Promise<readonly [DemoPackage, DemoPackage]> {
  const names = ['@modelcontextprotocol/server-everything', '@modelcontextprotocol/server-filesystem'] as const
  const missing = names.filter(name => findPackage(name) === undefined)
  if (missing.length > 0) {
    say(`Fetching ${missing.join(' and ')} from the npm registry: not installed here, needed for this only.`)
    await fetchPackages(missing, folder)
  }
  const [everything, files] = names.map(name => findPackage(name) ?? findPackage(name, [join(folder, 'node_modules')]))
  if (everything === undefined || files === undefined)
    throw stop('ERR_DEMO_SERVER', { name: names.join(', '), reason: 'npm did not install it' })
  return [everything, files]
}

async function startEverything(found: DemoPackage, children: ChildProcess[], clock: Clock): Promise<string> {
  const port = await freePort()
  const env = { PORT: String(port) }
  const child = spawn(process.execPath, [found.script, 'streamableHttp'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-2000)
  })
  child.on('error', error => {
    said = error.message
  })
  const url = `http://127.0.0.1:${port}/mcp`
  const untilMs = clock.steadyMs() + limits.demoStartMs
  while (!(await listens(url))) {
    if (child.exitCode !== null || clock.steadyMs() > untilMs)
      throw stop('ERR_DEMO_SERVER', { name: found.name, reason: said.trim() })
    await clock.sleep(limits.demoPollMs)
  }
  return url
}

async function listens(url: string): Promise<boolean> {
  try {
    const answer = await request(url, { method: 'OPTIONS' })
    await answer.body.dump()
    return true
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return false
    throw error
  }
}

type Weather = Pick<Stage, 'changeWeather' | 'weatherStarted' | 'killWeather'> & { readonly url: string }

async function startWeather(children: ChildProcess[]): Promise<Weather> {
  const script = fileURLToPath(new URL(`./weather-server${extname(import.meta.url)}`, import.meta.url))
  const child = fork(script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: {} })
  children.push(child)
  const news = (wanted: 'listening' | 'started' | 'changed') =>
    new Promise<WeatherNews>((resolve, reject) => {
      const hear = (told: unknown) => {
        if (typeof told === 'object' && told !== null && wanted in told) resolve(told as WeatherNews)
      }
      child.on('message', hear)
      child.once('exit', () => reject(stop('ERR_DEMO_SERVER', { name: 'weather', reason: 'it ended' })))
    })
  const first = await news('listening')
  const started = news('started')
  // Nobody may be waiting yet when the process is ended on purpose.
  started.catch(() => undefined)
  return {
    url: `http://127.0.0.1:${'listening' in first ? first.listening : 0}/mcp`,
    changeWeather: async () => {
      const done = news('changed')
      child.send('change')
      await done
    },
    weatherStarted: async () => void (await started),
    killWeather: () => end(child),
  }
}

/** kill -9 of a child. None of them starts others. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
