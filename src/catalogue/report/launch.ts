/**
 * What a configured command starts: a package of npm or PyPI, a container image, a shell. Read from the words of the
 * command line, nothing is run or asked. A word it does not understand is taken for what such programs take it for.
 */

export interface Launch {
  /** The package a runner fetches and starts. */
  readonly package?: LaunchedPackage
  readonly image?: LaunchedImage
  /** The text a shell is given to read. */
  readonly shell?: string
}

export interface LaunchedPackage {
  readonly registry: 'npm' | 'PyPI' | 'address'
  readonly name: string
  /** An exact version; without it each start may fetch another one. */
  readonly version?: string
  /** Index of the word among the arguments; absent when it stands in a shell's text. */
  readonly index?: number
}

export interface LaunchedImage {
  readonly name: string
  readonly tag?: string
  readonly digest?: string
  readonly index?: number
}

/** Reads a command and its arguments. */
export function launchOf(command: string, args: readonly string[]): Launch {
  const program = programOf(command)
  const shell = shellText(program, args)
  if (shell !== undefined) {
    // the words of a plain text are those the program gets
    const words = /^[\w@%+=:,./\s-]+$/.test(shell.text) ? shell.text.trim().split(/\s+/) : []
    const [inner, ...rest] = words
    const within = inner === undefined ? {} : withoutIndexes(launchOf(inner, rest))
    return shell.isNeeded && words.length > 0 ? within : { ...within, shell: shell.text }
  }
  if (program === 'env') {
    const at = args.findIndex(word => !/^[A-Za-z_]\w*=/.test(word))
    const inner = args[at]
    return inner === undefined || inner.startsWith('-') ? {} : shifted(launchOf(inner, args.slice(at + 1)), at + 1)
  }
  if (/^(docker|podman|nerdctl)$/.test(program)) return image(args)
  return npmPackage(program, args) ?? pythonPackage(program, args) ?? {}
}

/** `/usr/bin/npx` and `C:\…\npx.cmd` are both `npx`. */
function programOf(command: string): string {
  return (command.split(/[/\\]/).at(-1) ?? '').replace(/\.(cmd|exe|bat|ps1)$/i, '').toLowerCase()
}

/** `isNeeded`: programs that are no executables of Windows, such as npx, start through its shell only. */
function shellText(program: string, args: readonly string[]): { text: string; isNeeded: boolean } | undefined {
  const isUnix = /^(sh|bash|zsh|dash|fish|ksh|ash)$/.test(program)
  const flag = isUnix
    ? /^-[a-z]*c$/
    : program === 'cmd'
      ? /^\/[ck]$/i
      : /^(powershell|pwsh)$/.test(program)
        ? /^-(c|command)$/i
        : undefined
  const at = flag === undefined ? -1 : args.findIndex(word => flag.test(word))
  if (at < 0) return undefined
  const words = args.slice(at + 1)
  return { text: isUnix ? (words[0] ?? '') : words.join(' '), isNeeded: program === 'cmd' }
}

function withoutIndexes({ package: started, image: contained }: Launch): Launch {
  const { index: _, ...pack } = started ?? {}
  const { index: __, ...held } = contained ?? {}
  return {
    ...(started === undefined ? {} : { package: pack as LaunchedPackage }),
    ...(contained === undefined ? {} : { image: held as LaunchedImage }),
  }
}

function shifted(launch: Launch, by: number): Launch {
  const move = <T extends { readonly index?: number }>(part: T): T =>
    part.index === undefined ? part : { ...part, index: part.index + by }
  return {
    ...launch,
    ...(launch.package === undefined ? {} : { package: move(launch.package) }),
    ...(launch.image === undefined ? {} : { image: move(launch.image) }),
  }
}

/** How many words of the arguments name the runner: `npm exec`, `uv tool run`. */
function wordsOfRunner(program: string, args: readonly string[], runners: readonly string[]): number | undefined {
  for (const runner of runners) {
    const [own, ...more] = runner.split(' ')
    if (own === program && more.every((word, index) => args[index] === word)) return more.length
  }
  return undefined
}

function npmPackage(program: string, args: readonly string[]): Launch | undefined {
  const runners = ['npx', 'bunx', 'pnpx', 'npm exec', 'npm x', 'pnpm dlx', 'yarn dlx', 'bun x']
  const from = wordsOfRunner(program, args, runners)
  if (from === undefined) return undefined
  const given = wordOf(args, from, /^(-p|--package)$/, /^(-c|--call|--registry|--prefix|--cache|--userconfig)$/)
  if (given === undefined) return {}
  const { word, index } = given
  if (/^[./~]/.test(word) || /^[a-z]:\\/i.test(word)) return {}
  // a folder of the disk begins with a dot or a slash; two names without a scope are a repository
  if (/^[a-z+]+:/i.test(word) || /^[^@][^/]*\/[^/]+$/.test(word))
    return {
      package: {
        registry: 'address',
        name: word,
        ...(/#[0-9a-f]{40}$/.test(word) ? { version: word.slice(-40) } : {}),
        index,
      },
    }
  const [, name = word, version] = /^((?:@[^/@]+\/)?[^@]+)(?:@(.*))?$/.exec(word) ?? []
  const isExact = version !== undefined && /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version)
  return { package: { registry: 'npm', name, ...(isExact ? { version: version.replace(/^v/, '') } : {}), index } }
}

function pythonPackage(program: string, args: readonly string[]): Launch | undefined {
  const from = wordsOfRunner(program, args, ['uvx', 'uv tool run', 'uv x', 'pipx run'])
  if (from === undefined) return undefined
  const given = wordOf(args, from, /^(--from|--spec)$/, /^(--with|--python|-p|--index-url|--index|-i|--directory)$/)
  if (given === undefined) return {}
  const { word, index } = given
  if (/^[./~]/.test(word)) return {}
  if (/^[a-z+]+:/i.test(word))
    return {
      package: {
        registry: 'address',
        name: word,
        ...(/@[0-9a-f]{40}\b/.test(word) ? { version: 'commit' } : {}),
        index,
      },
    }
  const [, name = word, version] = /^([\w.-]+)(?:\[[^\]]*\])?(?:(?:===?|@)(.*))?/.exec(word) ?? []
  const isExact = version !== undefined && /^\d[\w.+!-]*$/.test(version)
  return { package: { registry: 'PyPI', name, ...(isExact ? { version } : {}), index } }
}

/** The word that names the package: the value of an option that says so, else the first that is no option. */
function wordOf(
  args: readonly string[],
  from: number,
  names: RegExp,
  takesValue: RegExp,
): { word: string; index: number } | undefined {
  for (let index = from; index < args.length; index += 1) {
    const word = args[index] ?? ''
    const [option = '', value] = word.split(/=(.*)/s)
    if (names.test(word))
      return args[index + 1] === undefined ? undefined : { word: args[index + 1] ?? '', index: index + 1 }
    if (value !== undefined && names.test(option)) return { word: value, index }
    if (takesValue.test(word)) index += 1
    else if (!word.startsWith('-')) return { word, index }
  }
  return undefined
}

/** Options of `docker run` that stand alone; every other one that is no `--name=value` takes the next word. */
const alone = new Set(
  '--rm --init --interactive --tty --detach --privileged --read-only --no-healthcheck --oom-kill-disable --publish-all --quiet'.split(
    ' ',
  ),
)

function image(args: readonly string[]): Launch {
  const run = args[0] === 'container' ? 1 : 0
  if (args[run] !== 'run') return {}
  for (let index = run + 1; index < args.length; index += 1) {
    const word = args[index] ?? ''
    if (word.startsWith('--')) {
      if (!word.includes('=') && !alone.has(word)) index += 1
    } else if (word.startsWith('-')) {
      // `-it` stands alone, `-e NAME` and `-ie NAME` do not, `-p8080:80` holds its value
      if (/^-[itdPq]*[acehlmpuvw]$/.test(word)) index += 1
    } else return { image: { ...imageName(word), index } }
  }
  return {}
}

function imageName(word: string): LaunchedImage {
  const [named = word, digest] = word.split('@')
  const [, name = named, tag] = /^(.*?)(?::([^:/]+))?$/.exec(named) ?? []
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}
