/** One page of a registry, fetched for the command line: bounded in bytes and time, redirects not followed. */
import { limits } from '../../limits.ts'
import { codeOf } from '../shell/gateway-address.ts'

/** The body behind `url` as text. Rejects with an Error whose message is for a person. */
export async function fetchText(url: string): Promise<string> {
  const { request } = await import('undici')
  const times = { headersTimeout: limits.registryMs, bodyTimeout: limits.registryMs }
  try {
    const { statusCode, body } = await request(url, { headers: { accept: 'application/json' }, ...times })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limits.registryPageBytesMax)
        throw new Error(`a page has more than ${limits.registryPageBytesMax} bytes`)
      chunks.push(chunk)
    }
    if (statusCode !== 200) throw new Error(`${url} answered with status ${statusCode}`)
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    const code = codeOf(error)
    throw code === undefined ? error : new Error(`${new URL(url).host} cannot be reached (${code})`)
  }
}
