/**
 * Grant tokens: `sp_` and 256 random bits in base64url. Shown once, kept only as SHA-256 (a plain hash is enough for
 * 256 bits; RFC 6819 section 5.1.4.1.3). Tokens that come from the environment must not be weaker than a person can
 * make by accident: length, variety, and no value known from examples (CVE-2026-53709, GHSA-953h-535j-jg2v).
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { sha256Hex } from '../wire/canonical.ts'

const tokenBytes = 32

/** Every minted token starts with this, so that leaked ones can be searched for. */
export const tokenPrefix = 'sp_'

/** A new token from 256 bits of `random`. */
export function mintToken(random: (bytes: number) => Uint8Array): string {
  return tokenPrefix + Buffer.from(random(tokenBytes)).toString('base64url')
}

/** SHA-256 of a token, hex: the only form that is kept. */
export function hashToken(token: string): string {
  return sha256Hex(token)
}

/** Text of documentation and samples, and words people type when they mean to come back later. */
const knownWords =
  /change[-_ ]?me|example|placeholder|insecure|password|passw0rd|secret|sallyport|your[-_ ]|test[-_]?token|dummy/i

/** Passes a secret of at least 32 characters that is neither repetitive nor a known example. */
export function readFileToken(grant: string, token: string): Result<string> {
  const weak = (reason: string) => refused('ERR_GRANT_TOKEN_WEAK', { name: grant, reason })
  if (token.length < limits.fileTokenCharsMin)
    return weak(`it has ${token.length} characters, ${limits.fileTokenCharsMin} are needed`)
  if (token.length > limits.tokenCharsMax) return weak(`it has more than ${limits.tokenCharsMax} characters`)
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return weak('it holds characters that a Bearer header cannot carry')
  if (new Set(token).size < limits.fileTokenDistinctMin) return weak('it repeats a few characters')
  if (/(.)\1{7}|(.{2,16})\2{3}/.test(token)) return weak('it repeats one piece over and over')
  if (isRun(token)) return weak('it runs through neighbouring characters')
  if (knownWords.test(token)) return weak('it contains a word known from examples')
  return accepted(token)
}

/** `0123456789abcdef…`: mostly steps of one. A random secret has such steps about once in 32. */
function isRun(token: string): boolean {
  let steps = 0
  for (let index = 1; index < token.length; index += 1)
    if (Math.abs(token.charCodeAt(index) - token.charCodeAt(index - 1)) === 1) steps += 1
  return steps * 2 > token.length
}
