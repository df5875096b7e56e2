/**
 * Whether a text of a configuration is a secret written out. Certain by its form, likely by the name it stands under.
 * A variable (`${NAME}`) is none, nor is a placeholder, a path or a switch: a false alarm here is a build that fails.
 */

const forms =
  /(?<![\w-])(?:sk-(?:ant-|proj-|live-)?[\w-]{16,}|[spr]k_(?:live|test)_\w{10,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_\w{30,}|pypi-[\w-]{30,}|sbp_\w{20,}|ntn_\w{20,}|secret_\w{20,}|lin_api_\w{20,}|hf_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|pat[A-Za-z0-9]{14}\.[0-9a-f]{32,}|sp_[\w-]{43}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)/

const names =
  /(?:api[-_ ]?key|access[-_]?key|auth[-_]?key|secret|token|passw(?:or)?d|passphrase|pwd$|credentials?$|private[-_]?key|^authorization$|cookie|connection[-_]?string|dsn$|bearer)/i
/** Names that speak about a secret and do not hold it. */
const aboutNames =
  /(?:_|-)(?:file|path|dir|folder|url|uri|host|name|type|method|mode|id|ttl|expiry|limit|max|count|budget|header|scopes?)$/i

/** Whether `value`, standing under `name`, is a secret that is written out. */
export function isWrittenSecret(name: string, value: string): boolean {
  if (hasVariable(value)) return false
  if (holdsSecretForm(value) || hasPasswordInAddress(value)) return true
  if (!names.test(name) || aboutNames.test(name)) return false
  return isOpaque(value.replace(/^(?:bearer|basic|token|bot|apikey)\s+/i, '').trim())
}

/** Whether a text holds a credential of a well-known form, whatever it stands under. */
export function holdsSecretForm(text: string): boolean {
  return forms.test(text)
}

function hasVariable(text: string): boolean {
  return /\$\{[^}]*\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{\{[^}]*\}\}/.test(text)
}

/** `scheme://user:password@host`. */
function hasPasswordInAddress(text: string): boolean {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i.exec(text)?.[1]
  return password !== undefined && !isPlaceholder(password)
}

/** Something that was generated or made up, not a word about one. */
function isOpaque(value: string): boolean {
  if (value.length < 8 || isPlaceholder(value)) return false
  if (/^(?:true|false|yes|no|on|off|none|null|disabled|enabled)$/i.test(value)) return false
  return !/^(?:[./~]|[a-z]:\\|[a-z][a-z0-9+.-]*:\/\/)/i.test(value)
}

function isPlaceholder(value: string): boolean {
  return (
    /^[<[{(].*[>\]})]$/.test(value) ||
    /^(.)\1*$/.test(value) ||
    /(?:your|insert|replace|change[-_ ]?me|example|placeholder|dummy|todo|xxx|\.\.\.|…|\*\*\*)/i.test(value)
  )
}

/** A secret among words of a command line. `index` is the word it stands in, `name` what it is called there. */
export interface WordSecret {
  readonly index: number
  readonly name: string
}

/** Secrets among arguments: `--api-key VALUE`, `--token=VALUE`, `-e KEY=VALUE`, `--header "Name: VALUE"`. */
export function secretWords(words: readonly string[]): readonly WordSecret[] {
  return words.flatMap((word, index): WordSecret[] => {
    const [, key, value] = /^-{0,2}([A-Za-z][\w.-]*)\s*[=:]\s*(.+)$/s.exec(word) ?? []
    if (key !== undefined && value !== undefined && !word.includes('://') && isWrittenSecret(key, value))
      return [{ index, name: key }]
    const before = words[index - 1] ?? ''
    const option = /^-{1,2}([A-Za-z][\w-]*)$/.exec(before)?.[1]
    if (option !== undefined && !word.startsWith('-') && isWrittenSecret(option, word)) return [{ index, name: option }]
    if (isWrittenSecret('', word)) return [{ index, name: option ?? 'an argument' }]
    return secretInAddress(word) === undefined ? [] : [{ index, name: secretInAddress(word) ?? '' }]
  })
}

/** The name of a parameter of an address whose value is a secret; `password` for one before the host. */
export function secretInAddress(url: string): string | undefined {
  if (hasPasswordInAddress(url)) return 'password'
  if (!URL.canParse(url)) return undefined
  for (const [name, value] of new URL(url).searchParams)
    if (isWrittenSecret(/^key$/i.test(name) ? 'api_key' : name, value)) return name
  return holdsSecretForm(url) ? 'a part of the path' : undefined
}

/** `words` with the secrets among them replaced by `…`. */
export function withoutSecrets(words: readonly string[]): readonly string[] {
  const hidden = new Set(secretWords(words).map(({ index }) => index))
  return words.map((word, index) => {
    if (!hidden.has(index)) return word
    // a text that a shell reads is never a secret as a whole: what it does must stay to be seen
    if (/\s/.test(word) && /[;|&`$()<>\n]/.test(word)) return withoutForms(word)
    const key = /^(-{0,2}[A-Za-z][\w.-]*\s*[=:]\s*)\S/.exec(word)?.[1]
    return URL.canParse(word) && word.includes('://') ? addressWithoutSecrets(word) : `${key ?? ''}…`
  })
}

/** A text without the credentials of a well-known form in it; the rest stays for people to read. */
export function withoutForms(text: string): string {
  return text.replace(new RegExp(forms, 'g'), '…')
}

/** An address without its password and without the values of its parameters that are secrets. */
export function addressWithoutSecrets(url: string): string {
  if (secretInAddress(url) === undefined || !URL.canParse(url)) return url
  const parsed = new URL(url)
  const query = [...parsed.searchParams].map(
    ([name, value]) => `${name}=${isWrittenSecret(/^key$/i.test(name) ? 'api_key' : name, value) ? '…' : value}`,
  )
  const path = holdsSecretForm(parsed.pathname) ? '/…' : parsed.pathname
  const user = parsed.password === '' ? parsed.username : `${parsed.username}:…`
  return `${parsed.protocol}//${user === '' ? '' : `${user}@`}${parsed.host}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`
}
